"""Calls about enquiries: the open list, taking one down, and each step that is done with one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, jsonify
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from models.enquiries import Enquiry, EnquiryStep
from scheduler.adapters.holidays import holiday_question
from scheduler.domain.enquiries import (
    ANSWER_LENGTH,
    COLLEAGUE_LENGTH,
    ENQUIRY_LENGTH,
    EnquiryChange,
    EnquiryRequest,
    EnquiryStatus,
    Medium,
    Step,
    When,
    promises,
)
from scheduler.domain.errors import invalid
from scheduler.domain.instants import parse_instant
from scheduler.domain.intervals import Interval
from scheduler.domain.people import PHONE_LENGTH
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Permission
from scheduler.queries import enquiries as looks
from scheduler.usecases import enquiries as usecases
from scheduler.web.accesses import shows
from scheduler.web.api.answers import customer_values, local
from scheduler.web.api.blueprints import Blueprint
from scheduler.web.api.callers import caller, of_a, requires
from scheduler.web.api.changes import REFUSALS, changed_once
from scheduler.web.api.documents import CustomerAnswer
from scheduler.web.api.fields import Asked, Flag, Instant, ServiceKey, Text, Word
from scheduler.web.api.parsing import seen_version
from scheduler.web.api.schemas import AnswerQuery, CustomerFields, NoFields, Query, Shape, nested
from scheduler.web.frame import current_office_plan, frame, office_now

blueprint = Blueprint("enquiries", url_prefix="/api/v1", description="Concerns without a visit.")

_CHANGED = (200, *REFUSALS, 404, 412)


def _instant(**options: Any) -> fields.String:
    return fields.String(required=True, metadata={"format": "date-time"}, **options)


class EnquiryAnswer(Schema):
    """`call_at` is the number for a call, promised from `call_from` to `call_by`."""

    id = fields.String(required=True, metadata={"format": "uuid"})
    reference = fields.String(required=True)
    medium = Word(Medium, required=True)
    service = fields.String(required=True, allow_none=True)
    text = fields.String(required=True)
    status = Word(EnquiryStatus, required=True)
    owner = fields.String(required=True, allow_none=True)
    forwarded_to = fields.String(required=True, allow_none=True)
    customer = fields.Nested(CustomerAnswer, required=True, allow_none=True)
    call_at = fields.String(required=True, allow_none=True)
    call_from = _instant(allow_none=True)
    call_by = _instant(allow_none=True)
    missed = fields.Integer(required=True, metadata={"description": "Calls that reached nobody."})
    came_at = _instant()
    closed_at = _instant(allow_none=True)
    booking = fields.String(required=True, allow_none=True, metadata={"format": "uuid"})


class StepAnswer(Schema):
    change = Word(EnquiryChange, required=True)
    text = fields.String(required=True, allow_none=True)
    done_at = _instant()
    done_by = fields.String(required=True)
    taken_back_at = _instant(allow_none=True)


class EnquiryStepsAnswer(EnquiryAnswer):
    steps = fields.List(fields.Nested(StepAnswer), required=True)


class EnquiriesAnswer(Schema):
    """Promised calls stand on top; `more` where the list is cut; `not_arrived` could not be mailed."""

    open = fields.List(fields.Nested(EnquiryAnswer), required=True)
    more = fields.Boolean(required=True)
    closed = fields.List(fields.Nested(EnquiryAnswer), required=True)
    not_arrived = fields.List(fields.Nested(EnquiryAnswer), required=True)


class EnquiriesQuery(Query):
    mine = Asked(load_default=False, metadata={"description": "One's own and nobody's alone."})


class _Promise(Shape):
    """By when somebody is called: as it is said on the phone, or by an instant of its own."""

    when = Word(When, load_default=None, allow_none=True)
    call_by = Instant(load_default=None, allow_none=True)


class EnquiryFields(_Promise):
    """What somebody wants to know; nobody has to say who they are. `phone` is for whoever gives no name."""

    medium = Word(Medium, required=True)
    text = Text(longest=ENQUIRY_LENGTH, lines=True, required=True, metadata={"minLength": 1})
    service = ServiceKey(load_default=None, allow_none=True)
    customer = nested(CustomerFields, load_default=None, allow_none=True)
    phone = Text(longest=PHONE_LENGTH, load_default=None, allow_none=True)


class StepFields(_Promise):
    """One step; `to` counts for `forward`, `by_mail` for `answer`, the call's fields for `promise`."""

    # Booking is a step of its own, which needs the visit.
    change = Word(EnquiryChange, but={EnquiryChange.BOOK}, required=True)
    text = Text(longest=ANSWER_LENGTH, lines=True, load_default=None, allow_none=True)
    to = Text(longest=COLLEAGUE_LENGTH, load_default="")
    phone = Text(longest=PHONE_LENGTH, load_default=None, allow_none=True)
    by_mail = Flag(load_default=False)


@blueprint.route("/enquiries")
@requires(Permission.SEE_TO_ENQUIRIES)
@blueprint.asks(EnquiriesQuery)
@blueprint.answers(EnquiriesAnswer, 200, 401, 403, 422, 503)
def enquiries(asked: dict[str, Any]) -> Response:
    """The open list, what was dealt with last, and answers that did not arrive."""
    plan, owner = current_office_plan(), caller().name if asked["mine"] else None
    with frame().database.reading() as session:
        found = looks.open_enquiries(session, owner=owner)
        closed, lost = looks.closed_lately(session), looks.not_arrived(session)
    shows(caller(), *(f"enquiry:{one.id}" for one in (*found.enquiries, *closed, *lost)))
    lists = {"open": found.enquiries, "closed": closed, "not_arrived": lost}
    shown = {name: [_values(plan, one) for one in those] for name, those in lists.items()}
    return jsonify({**shown, "more": found.more})


@blueprint.route("/enquiries", methods=["POST"])
@requires(Permission.SEE_TO_ENQUIRIES)
@blueprint.takes(EnquiryFields)
@blueprint.answers(EnquiryAnswer, 201, *REFUSALS)
def take_enquiry(sent: dict[str, Any]) -> Response:
    """Takes an enquiry down; the caller sees to it until somebody else does."""
    plan, now, actor = current_office_plan(), office_now(), caller()
    service = sent["service"].key if sent["service"] is not None else None
    asked = EnquiryRequest(
        sent["medium"], sent["text"], service, sent["customer"], sent["phone"], _promise(sent, plan, now)
    )

    def work(session: Session) -> dict[str, Any]:
        taken = usecases.take_in(session, asked, owner=actor.name, actor=actor, now=now)
        return _values(plan, looks.enquiry(session, taken.id))

    return changed_once(work, status=201)


@blueprint.route("/enquiries/<enquiry_id>")
@requires(Permission.SEE_TO_ENQUIRIES)
@of_a("enquiry", looks.enquiry)
@blueprint.asks(AnswerQuery)
@blueprint.answers(EnquiryStepsAnswer, 200, 401, 403, 404, 422, 503)
def enquiry(_asked: dict[str, Any], enquiry_id: UUID) -> Response:
    """One enquiry with everything that was done with it."""
    plan = current_office_plan()
    with frame().database.reading() as session:
        found, steps = looks.enquiry(session, enquiry_id), looks.steps_of(session, enquiry_id)
    shows(caller(), f"enquiry:{enquiry_id}")
    response = jsonify({**_values(plan, found), "steps": [_step_values(plan, one) for one in steps]})
    response.set_etag(str(found.version))
    return response


@blueprint.route("/enquiries/<enquiry_id>/steps", methods=["POST"])
@requires(Permission.SEE_TO_ENQUIRIES)
@of_a("enquiry", looks.enquiry)
@blueprint.takes(StepFields)
@blueprint.answers(EnquiryAnswer, *_CHANGED)
def see_to_enquiry(sent: dict[str, Any], enquiry_id: UUID) -> Response:
    """Takes, forwards, answers, lays aside, opens again, or promises a call; `If-Match` is heeded."""
    plan, now, change = current_office_plan(), office_now(), sent["change"]
    step = Step(
        change,
        sent["text"] or None,
        sent["to"],
        _promise(sent, plan, now) if change is EnquiryChange.PROMISE else None,
        sent["phone"] or None,
        seen_version(),
        by_mail=change is EnquiryChange.ANSWER and sent["by_mail"],
    )

    def work(session: Session) -> dict[str, Any]:
        usecases.see_to(session, enquiry_id, step, actor=caller(), now=now)
        return _values(plan, looks.enquiry(session, enquiry_id))

    return changed_once(work)


@blueprint.route("/enquiries/<enquiry_id>/take-back", methods=["POST"])
@requires(Permission.SEE_TO_ENQUIRIES)
@of_a("enquiry", looks.enquiry)
@blueprint.takes(NoFields)
@blueprint.answers(EnquiryAnswer, *_CHANGED)
def take_back_enquiry(_sent: dict[str, Any], enquiry_id: UUID) -> Response:
    """Takes back the last step, which the caller did a few minutes ago."""
    plan, now = current_office_plan(), office_now()

    def work(session: Session) -> dict[str, Any]:
        usecases.take_back(session, enquiry_id, actor=caller(), now=now)
        return _values(plan, looks.enquiry(session, enquiry_id))

    return changed_once(work)


def _promise(sent: dict[str, Any], plan: Plan, now: datetime) -> Interval | None:
    """What is promised; an instant of its own goes before the word. Raises Invalid."""
    if sent["call_by"]:
        by = parse_instant(sent["call_by"], plan.zone, field="call_by")
        return Interval(min(now, by), by)
    if sent["when"] is None:
        return None
    office = plan.office
    possible = promises(office.week, plan.zone, holiday_question(office.holidays), now)
    if sent["when"] not in possible:
        raise invalid("when", "promise_over")
    return possible[sent["when"]]


def _values(plan: Plan, found: Enquiry) -> dict[str, Any]:
    def at(instant: datetime | None) -> str | None:
        return local(instant, plan.zone) if instant is not None else None

    return {
        "id": str(found.id),
        "reference": found.reference,
        "medium": found.medium,
        "service": found.service_key,
        "text": found.text,
        "status": found.status,
        "owner": found.owner,
        "forwarded_to": found.forwarded_to,
        "customer": customer_values(found.person.customer) if found.person is not None else None,
        "call_at": found.call_at,
        "call_from": at(found.call_from),
        "call_by": at(found.call_by),
        "missed": found.missed,
        "came_at": at(found.came_at),
        "closed_at": at(found.closed_at),
        "booking": str(found.booking_id) if found.booking_id is not None else None,
    }


def _step_values(plan: Plan, step: EnquiryStep) -> dict[str, Any]:
    taken_back = step.taken_back_at
    return {
        "change": step.change,
        "text": step.text,
        "done_at": local(step.done_at, plan.zone),
        "done_by": step.done_by,
        "taken_back_at": local(taken_back, plan.zone) if taken_back is not None else None,
    }
