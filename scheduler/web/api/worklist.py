"""Calls about the worklist: visits to decide about, calls to be made, and people without a new time."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from scheduler.domain.notices import Reach
from scheduler.domain.roles import Permission
from scheduler.domain.worklist import Reason, WorklistDecision
from scheduler.queries import worklist as looks
from scheduler.usecases.bookings import check_unchanged
from scheduler.usecases.worklist import DECISIONS
from scheduler.web.accesses import shows
from scheduler.web.api.answers import booking_values, slot_values
from scheduler.web.api.blueprints import Blueprint
from scheduler.web.api.callers import caller, of_a_booking, requires
from scheduler.web.api.changes import REFUSALS, changed_once
from scheduler.web.api.documents import BookingAnswer, SlotAnswer
from scheduler.web.api.fields import ServiceKey, SiteKey, Text, Word
from scheduler.web.api.languages import language
from scheduler.web.api.parsing import seen_version
from scheduler.web.api.schemas import Query, Shape
from scheduler.web.frame import current_office_plan, frame, office_now

blueprint = Blueprint("worklist", url_prefix="/api/v1", description="What somebody has to decide or to do.")


class CaseAnswer(Schema):
    """`closure` is the reason of the closure in which the visit lies, if that has one."""

    booking = fields.Nested(BookingAnswer, required=True)
    reason = Word(Reason, required=True)
    closure = fields.String(required=True, allow_none=True)
    reach = Word(Reach, required=True)
    group = fields.Boolean(required=True)
    proposals = fields.List(fields.Nested(SlotAnswer), required=True)


class CasesAnswer(Schema):
    """`to_decide` and `to_call` count all; `next_cursor` is null at the end."""

    cases = fields.List(fields.Nested(CaseAnswer), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
    to_decide = fields.Integer(required=True)
    to_call = fields.Integer(required=True)


class CallsAnswer(Schema):
    bookings = fields.List(fields.Nested(BookingAnswer), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class WaitingAnswer(Schema):
    booking = fields.Nested(BookingAnswer, required=True)
    reach = Word(Reach, required=True)
    proposals = fields.List(fields.Nested(SlotAnswer), required=True)


class WithoutTimeAnswer(Schema):
    """`settled` are those who need no new time, the last that were ticked off."""

    waiting = fields.List(fields.Nested(WaitingAnswer), required=True)
    settled = fields.List(fields.Nested(BookingAnswer), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class PartQuery(Query):
    site = SiteKey(load_default=None)
    service = ServiceKey(load_default=None)
    cursor = Text(longest=200, load_default=None)


class CasesQuery(PartQuery):
    reason = Word(Reason, load_default=None)


class DecisionFields(Shape):
    """`phone` turns the visit into a call; what is moved or cancelled is so as a booking."""

    decision = Word(WorklistDecision, required=True)


@blueprint.route("/worklist")
@requires(Permission.CHANGE_BOOKINGS)
@blueprint.asks(CasesQuery)
@blueprint.answers(CasesAnswer, 200, 401, 403, 422, 503)
def cases(asked: dict[str, Any]) -> Response:
    """Visits about which somebody has to decide, the soonest first, with free times to move to."""
    plan, now = current_office_plan(), office_now()
    with frame().database.reading() as session:
        found = looks.cases(session, plan, _wanted(asked), now=now, after=asked["cursor"])
        load = looks.load(session, plan, now=now)
    shows(caller(), *(f"booking:{one.booking.id}" for one in found.cases))
    shown = [
        {
            "booking": booking_values(plan, one.booking),
            "reason": one.reason,
            "closure": one.closure.in_(language()) if one.closure is not None else None,
            "reach": one.reach,
            "group": one.is_group,
            "proposals": [slot_values(slot, plan.zone) for slot in one.proposals],
        }
        for one in found.cases
    ]
    counts = {"to_decide": load.decide, "to_call": load.calls}
    return jsonify({"cases": shown, "next_cursor": found.next_cursor, **counts})


@blueprint.route("/worklist/calls")
@requires(Permission.CHANGE_BOOKINGS)
@blueprint.asks(PartQuery)
@blueprint.answers(CallsAnswer, 200, 401, 403, 422, 503)
def calls(asked: dict[str, Any]) -> Response:
    """Visits that became calls and are still to be made, the soonest first."""
    plan = current_office_plan()
    with frame().database.reading() as session:
        found = looks.calls(session, _wanted(asked), after=asked["cursor"])
    shows(caller(), *(f"booking:{one.id}" for one in found.bookings))
    shown = [booking_values(plan, one) for one in found.bookings]
    return jsonify(bookings=shown, next_cursor=found.next_cursor)


@blueprint.route("/worklist/without-time")
@requires(Permission.CHANGE_BOOKINGS)
@blueprint.asks(PartQuery)
@blueprint.answers(WithoutTimeAnswer, 200, 401, 403, 422, 503)
def without_time(asked: dict[str, Any]) -> Response:
    """People whom the office cancelled and who have no new time, with what is free for them now."""
    plan, now, by = current_office_plan(), office_now(), caller()
    with frame().database.reading() as session:
        found = looks.without_time(
            session, plan, _wanted(asked), booked_by=by.role, now=now, after=asked["cursor"]
        )
    those = [*(one.booking for one in found.waiting), *found.settled]
    shows(by, *(f"booking:{one.id}" for one in those))
    waiting = [
        {
            "booking": booking_values(plan, one.booking),
            "reach": one.reach,
            "proposals": [slot_values(slot, plan.zone) for slot in one.proposals],
        }
        for one in found.waiting
    ]
    settled = [booking_values(plan, one) for one in found.settled]
    return jsonify(waiting=waiting, settled=settled, next_cursor=found.next_cursor)


@blueprint.route("/worklist/<id>/decide", methods=["POST"])
@requires(Permission.CHANGE_BOOKINGS)
@of_a_booking
@blueprint.takes(DecisionFields)
@blueprint.answers(BookingAnswer, 200, *REFUSALS, 404, 412)
def decide(sent: dict[str, Any], id: UUID) -> Response:
    """Lets a visit stand, doubts it, makes it a call, or ticks it off; `If-Match` is heeded."""
    plan, now, seen = current_office_plan(), office_now(), seen_version()

    def work(session: Session) -> dict[str, Any]:
        if seen is not None:
            check_unchanged(session, id, seen=seen)
        return booking_values(plan, DECISIONS[sent["decision"]](session, id, actor=caller(), now=now))

    return changed_once(work)


def _wanted(asked: dict[str, Any]) -> looks.Wanted:
    service = asked["service"].key if asked["service"] is not None else None
    return looks.Wanted(asked.get("reason"), asked["site"], service)
