"""Calls about what the office offers: services, decisions, free slots."""

from typing import Any

from flask import Response, jsonify

from scheduler.domain import availability
from scheduler.domain.instants import parse_instant
from scheduler.domain.people import Needs
from scheduler.queries import slots
from scheduler.queries.decisions import ruling_values
from scheduler.web.api.answers import search_values, service_values
from scheduler.web.api.blueprints import Blueprint
from scheduler.web.api.callers import on_whose_word, requires
from scheduler.web.api.documents import DecisionAnswer, ServicesAnswer, SlotsAnswer
from scheduler.web.api.languages import language
from scheduler.web.api.recall import holds_until, recalled
from scheduler.web.api.schemas import AnswerQuery, DecisionQuery, SlotsQuery
from scheduler.web.frame import current_office_plan, frame, office_now

blueprint = Blueprint("offers", url_prefix="/api/v1", description="What can be booked, when, and why not.")


@blueprint.route("/services")
@requires(None)
@blueprint.asks(AnswerQuery)
@blueprint.answers(ServicesAnswer, 200, 401, 422, 503)
def services(_asked: dict[str, Any]) -> Response:
    """The services, in the plan's order."""
    plan = current_office_plan()
    return jsonify(services=[service_values(service, language()) for service in plan.services])


@blueprint.route("/decision")
@requires(None)
@blueprint.asks(DecisionQuery)
@blueprint.answers(DecisionAnswer, 200, 401, 403, 422, 503)
def decision(asked: dict[str, Any]) -> Response:
    """What the phase rules alone say to a visit; opening hours and free places are not asked."""
    plan = current_office_plan()
    ruling = plan.decide(
        asked["service"],
        at=parse_instant(asked["at"], plan.zone, field="at"),
        booked_by=asked["booked_by"] or on_whose_word(None),
        kind=asked["kind"],
        site=asked["site"],
    )
    return jsonify(ruling_values(plan, ruling, language()))


@blueprint.route("/slots")
@requires(None)
@recalled
@blueprint.asks(SlotsQuery)
@blueprint.answers(SlotsAnswer, 200, 401, 403, 422, 503)
def search(asked: dict[str, Any]) -> Response:
    """What could be booked right now, and when the phase lets nothing be booked."""
    plan, now = current_office_plan(), office_now()
    needs = Needs(interpreter=asked["interpreter"], step_free=asked["step_free"])
    service = plan.visit(asked["service"].key, needs)
    days = {"first": asked["first"], "last": asked["last"]}
    wish = {
        "booked_by": asked["booked_by"] or on_whose_word(None),
        "kind": asked["kind"],
        "resource": asked["resource"],
    }
    with frame().database.glancing() as session:
        found = slots.slots(session, plan, service, **days, **wish, now=now, limit=asked["limit"])
    refused = availability.refusals(plan, service, **days, **wish)
    holds_until(availability.stands_until(plan, found, now=now))
    return jsonify(search_values(plan, found, refused, language()))
