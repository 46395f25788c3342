"""Calls about closures: what is closed, what a closure would hit, closing, and opening again."""

from datetime import datetime
from typing import Any

from flask import Response, jsonify
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from scheduler.adapters.languages import CUSTOMER_LANGUAGES
from scheduler.domain.closures import ClosureRequest, Scope, closure_of, id_of, places_of
from scheduler.domain.hours import Closure
from scheduler.domain.instants import parse_instant
from scheduler.domain.intervals import Interval
from scheduler.domain.notices import Reach
from scheduler.domain.planfields import SHORT_TEXT
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Permission
from scheduler.domain.texts import SOURCE_LANGUAGE
from scheduler.domain.texts import Text as Words
from scheduler.queries.closures import ClosurePreview, lying_in, preview
from scheduler.usecases import closures as usecases
from scheduler.web.accesses import shows
from scheduler.web.api.answers import local
from scheduler.web.api.blueprints import Blueprint
from scheduler.web.api.callers import caller, of_the_plan, requires
from scheduler.web.api.changes import REFUSALS, changed_once
from scheduler.web.api.fields import KEY_LENGTH, Instant, Text, Word
from scheduler.web.api.languages import language
from scheduler.web.api.schemas import AnswerQuery, Query, Shape, nested
from scheduler.web.frame import current_office_plan, frame, office_now

blueprint = Blueprint("closures", url_prefix="/api/v1", description="Places that are closed for a time.")

_CHANGED = (200, *REFUSALS, 404, 412)


def _instant() -> fields.String:
    return fields.String(required=True, metadata={"format": "date-time"})


class ClosureAnswer(Schema):
    """`resources` are the places that it closes; `reason` is null where none is given."""

    id = fields.String(required=True)
    starts_at = _instant()
    ends_at = _instant()
    reason = fields.String(required=True, allow_none=True)
    resources = fields.List(fields.String(), required=True)


class ClosuresAnswer(Schema):
    closures = fields.List(fields.Nested(ClosureAnswer), required=True)


class HitAnswer(Schema):
    id = fields.String(required=True, metadata={"format": "uuid"})
    reference = fields.String(required=True)
    starts_at = _instant()
    service = fields.String(required=True)
    resource = fields.String(required=True)
    reach = Word(Reach, required=True)


class ClosurePreviewAnswer(ClosureAnswer):
    """`visits` and `reach` count all that lie in it, `bookings` are the first of them.

    `lost_minutes` are opening hours that go, by kind of place.
    """

    visits = fields.Integer(required=True)
    reach = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    lost_minutes = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    bookings = fields.List(fields.Nested(HitAnswer), required=True)


class ClosedAnswer(ClosureAnswer):
    """`visits` lie in it and stand on the worklist; nobody is cancelled."""

    visits = fields.Integer(required=True)


class ChangedClosureAnswer(Schema):
    """`closure` is null where it never began and was taken back."""

    closure = fields.Nested(ClosureAnswer, required=True, allow_none=True)


_SCOPE = {"description": "Of the site, the kind or the place; empty for the whole office."}


class ClosureQuery(Query):
    scope = Word(Scope, required=True)
    key = Text(longest=KEY_LENGTH, load_default="", metadata=_SCOPE)
    starts = Instant(data_key="from", required=True)
    to = Instant(required=True)


class ReasonWords(Shape):
    """In German, and in as many of the other languages as are known."""


for _language in CUSTOMER_LANGUAGES:
    _needed = _language == SOURCE_LANGUAGE
    ReasonWords._declared_fields[_language] = (
        Text(longest=SHORT_TEXT, required=True) if _needed else Text(longest=SHORT_TEXT)
    )


class ClosureFields(Shape):
    scope = Word(Scope, required=True)
    key = Text(longest=KEY_LENGTH, load_default="", metadata=_SCOPE)
    starts = Instant(data_key="from", required=True)
    to = Instant(required=True)
    reason = nested(ReasonWords, load_default=None, allow_none=True)


class EndFields(Shape):
    """Another end; `seen_to` is the end that the caller knows of."""

    to = Instant(required=True)
    seen_to = Instant(required=True)


class OpenFields(Shape):
    seen_to = Instant(required=True)


@blueprint.route("/closures")
@requires(Permission.VIEW_PLAN)
@blueprint.asks(AnswerQuery)
@blueprint.answers(ClosuresAnswer, 200, 401, 403, 422, 503)
def closures(_asked: dict[str, Any]) -> Response:
    """The closures of the plan, past ones too, by their beginning."""
    plan = current_office_plan()
    known = sorted(plan.closures, key=lambda one: (one.span.start, one.span.end))
    return jsonify(closures=[_values(plan, one) for one in known])


@blueprint.route("/closures/preview")
@requires(Permission.EDIT_PLAN)
@blueprint.asks(ClosureQuery)
@blueprint.answers(ClosurePreviewAnswer, 200, 401, 403, 422, 503)
def preview_closure(asked: dict[str, Any]) -> Response:
    """What a closure would hit; nothing is closed by asking."""
    plan, now = current_office_plan(), office_now()
    return _preview(plan, _request(plan, asked).closure(plan, now=now))


@blueprint.route("/closures/<closure_id>")
@requires(Permission.VIEW_PLAN)
@of_the_plan(closure_of, named="closure_id")
@blueprint.asks(AnswerQuery)
@blueprint.answers(ClosurePreviewAnswer, 200, 401, 403, 404, 422, 503)
def closure(_asked: dict[str, Any], closure_id: str) -> Response:
    """One closure, and what lies in it."""
    plan = current_office_plan()
    return _preview(plan, closure_of(plan, closure_id))


@blueprint.route("/closures", methods=["POST"])
@requires(Permission.APPLY_PLAN)
@blueprint.takes(ClosureFields)
@blueprint.answers(ClosedAnswer, 201, *REFUSALS)
def close(sent: dict[str, Any]) -> Response:
    """Closes; whose visit lies in it keeps it until somebody decides."""
    plan, now = current_office_plan(), office_now()
    asked = _request(plan, sent)

    def work(session: Session) -> dict[str, Any]:
        closed = usecases.close(session, asked, actor=caller(), now=now)
        return {**_values(plan, closed), "visits": lying_in(session, plan, closed, now=now)}

    return changed_once(work, status=201)


@blueprint.route("/closures/<closure_id>/end", methods=["POST"])
@requires(Permission.APPLY_PLAN)
@of_the_plan(closure_of, named="closure_id")
@blueprint.takes(EndFields)
@blueprint.answers(ChangedClosureAnswer, *_CHANGED)
def end_closure(sent: dict[str, Any], closure_id: str) -> Response:
    """Gives a closure another end; what it frees can be booked at once."""
    plan, now = current_office_plan(), office_now()
    end, seen = _at(plan, sent, "to"), _at(plan, sent, "seen_to")

    def work(session: Session) -> dict[str, Any]:
        usecases.end_closure(session, closure_id, end, seen_end=seen, actor=caller(), now=now)
        return _left(plan, closure_id, end)

    return changed_once(work)


@blueprint.route("/closures/<closure_id>/open", methods=["POST"])
@requires(Permission.APPLY_PLAN)
@of_the_plan(closure_of, named="closure_id")
@blueprint.takes(OpenFields)
@blueprint.answers(ChangedClosureAnswer, *_CHANGED)
def open_again(sent: dict[str, Any], closure_id: str) -> Response:
    """Opens again: from now on, or takes back a closure that has not begun."""
    plan, now = current_office_plan(), office_now()
    seen = _at(plan, sent, "seen_to")

    def work(session: Session) -> dict[str, Any]:
        usecases.open_again(session, closure_id, seen_end=seen, actor=caller(), now=now)
        return _left(plan, closure_id, now.replace(second=0, microsecond=0))

    return changed_once(work)


def _request(plan: Plan, sent: dict[str, Any]) -> ClosureRequest:
    given = {name: words for name, words in (sent.get("reason") or {}).items() if words}
    span = Interval(_at(plan, sent, "starts", "from"), _at(plan, sent, "to"))
    return ClosureRequest(sent["scope"], sent["key"], span, Words(given) if given else None)


def _at(plan: Plan, sent: dict[str, Any], name: str, field: str | None = None) -> datetime:
    return parse_instant(sent[name], plan.zone, field=field or name)


def _left(plan: Plan, closure_id: str, end: datetime) -> dict[str, Any]:
    """The closure with its new end, by the plan from before the change."""
    before = closure_of(plan, closure_id)
    if end <= before.span.start:
        return {"closure": None}
    return {"closure": {**_values(plan, before), "ends_at": local(end, plan.zone)}}


def _preview(plan: Plan, wanted: Closure) -> Response:
    with frame().database.reading() as session:
        found = preview(session, plan, wanted, now=office_now())
    shows(caller(), *(f"booking:{hit.booking.id}" for hit in found.hits))
    return jsonify({**_values(plan, wanted), **_hit_values(plan, found)})


def _values(plan: Plan, found: Closure) -> dict[str, Any]:
    return {
        "id": id_of(found),
        "starts_at": local(found.span.start, plan.zone),
        "ends_at": local(found.span.end, plan.zone),
        "reason": found.reason.in_(language()) if found.reason else None,
        "resources": [place.key for place in places_of(plan, found)],
    }


def _hit_values(plan: Plan, found: ClosurePreview) -> dict[str, Any]:
    return {
        "visits": found.visits,
        "reach": dict(found.reach),
        "lost_minutes": {kind.value: int(lost.total_seconds() // 60) for kind, lost in found.lost.items()},
        "bookings": [
            {
                "id": str(hit.booking.id),
                "reference": hit.booking.reference,
                "starts_at": local(hit.booking.starts_at, plan.zone),
                "service": hit.booking.service_key,
                "resource": hit.booking.resource.key,
                "reach": hit.reach,
            }
            for hit in found.hits
        ],
    }
