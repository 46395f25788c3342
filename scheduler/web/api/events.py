"""Calls about group events: which are to come, planning them, and signing people up for a seat."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from scheduler.domain.bookings import Standing, Status
from scheduler.domain.events import MOST_DATES, MOST_SEATS, EventRequest
from scheduler.domain.instants import parse_instant
from scheduler.domain.people import NAME_LENGTH
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Permission, Role
from scheduler.queries import events as looks
from scheduler.usecases import events as usecases
from scheduler.usecases.idempotency import Answer
from scheduler.web.accesses import shows
from scheduler.web.api.answers import booking_values, local
from scheduler.web.api.blueprints import Blueprint
from scheduler.web.api.callers import caller, of_a, on_whose_word, requires
from scheduler.web.api.changes import REFUSALS, answered_with, changed_once
from scheduler.web.api.documents import BookingAnswer
from scheduler.web.api.fields import Booker, Flag, Instant, Number, PlaceKey, ServiceKey, Text, Word
from scheduler.web.api.schemas import AnswerQuery, CustomerFields, Shape, nested
from scheduler.web.frame import current_office_plan, frame, office_now

blueprint = Blueprint("events", url_prefix="/api/v1", description="Dates to which several people come.")


class EventAnswer(Schema):
    """`id` is also that of the booking that holds the room: moved and cancelled as such."""

    id = fields.String(required=True, metadata={"format": "uuid"})
    reference = fields.String(required=True)
    service = fields.String(required=True, metadata={"example": "group_information"})
    resource = fields.String(required=True)
    starts_at = fields.String(required=True, metadata={"format": "date-time"})
    ends_at = fields.String(required=True, metadata={"format": "date-time"})
    status = Word(Status, required=True)
    standing = Word(Standing, required=True)
    seats = fields.Integer(required=True, metadata={"description": "Given under the phase of that time."})
    taken = fields.Integer(required=True)
    waiting = fields.Integer(required=True)
    public = fields.Boolean(required=True)


class EventsAnswer(Schema):
    events = fields.List(fields.Nested(EventAnswer), required=True)


class SeatAnswer(Schema):
    """`seat` is null for whoever waits for one."""

    seat = fields.Integer(required=True, allow_none=True)
    booking = fields.Nested(BookingAnswer, required=True)


class SeatsAnswer(EventAnswer):
    """Who has a seat, by seat, and then who waits, the longest first; and who leads it."""

    led_by = fields.String(required=True)
    signed_up = fields.List(fields.Nested(SeatAnswer), required=True)


class PlannedAnswer(Schema):
    ids = fields.List(fields.String(metadata={"format": "uuid"}), required=True)


class EventFields(Shape):
    """One date or, with `dates`, so many at the same local time, a week apart."""

    service = ServiceKey(required=True, metadata={"example": "group_information"})
    starts_at = Instant(required=True, metadata={"example": "2020-03-18T10:00"})
    resource = PlaceKey(load_default=None, allow_none=True)
    led_by = Text(longest=NAME_LENGTH, required=True)
    seats = Number(least=1, most=MOST_SEATS, load_default=None, allow_none=True)
    dates = Number(least=1, most=MOST_DATES, load_default=1)
    public = Flag(load_default=True)


class SignUpFields(Shape):
    """With `waits` whoever finds no free seat waits for one."""

    customer = nested(CustomerFields, required=True)
    booked_by = Booker(load_default=None, allow_none=True)
    waits = Flag(load_default=False)


def _look(session: Session, event_id: UUID) -> object:
    return looks.event_date(session, current_office_plan(), event_id)


@blueprint.route("/events")
@requires(Permission.BOOK)
@blueprint.asks(AnswerQuery)
@blueprint.answers(EventsAnswer, 200, 401, 403, 422, 503)
def events(_asked: dict[str, Any]) -> Response:
    """The events to come, the soonest first; for customers those alone to which they can sign up."""
    plan, is_public = current_office_plan(), caller().role is Role.CUSTOMER
    with frame().database.reading() as session:
        found = looks.events_from(session, plan, office_now(), public=is_public)
    return jsonify(events=[_event_values(plan, one) for one in found])


@blueprint.route("/events", methods=["POST"])
@requires(Permission.CHANGE_BOOKINGS)
@blueprint.takes(EventFields)
@blueprint.answers(PlannedAnswer, 201, *REFUSALS)
def plan_event(sent: dict[str, Any]) -> Response:
    """Plans all dates, or none."""
    wish = EventRequest(
        sent["service"].key,
        parse_instant(sent["starts_at"], current_office_plan().zone, field="starts_at"),
        sent["resource"].key if sent["resource"] is not None else None,
        sent["led_by"],
        sent["seats"],
        sent["dates"],
        sent["public"],
    )
    now = office_now()
    return changed_once(
        lambda session: {
            "ids": [str(one.id) for one in usecases.plan_events(session, wish, actor=caller(), now=now)]
        },
        status=201,
    )


@blueprint.route("/events/<event_id>")
@requires(Permission.READ_BOOKINGS)
@of_a("event", _look)
@blueprint.asks(AnswerQuery)
@blueprint.answers(SeatsAnswer, 200, 401, 403, 404, 422, 503)
def event(_asked: dict[str, Any], event_id: UUID) -> Response:
    """One event with everybody who has signed up."""
    plan = current_office_plan()
    with frame().database.reading() as session:
        found = looks.event_date(session, plan, event_id)
        people = looks.signed_up(session, event_id)
    shows(caller(), *(f"booking:{one.booking.id}" for one in people))
    seated = [{"seat": one.seat, "booking": booking_values(plan, one.booking)} for one in people]
    led_by = found.booking.person.name
    return jsonify({**_event_values(plan, found), "led_by": led_by, "signed_up": seated})


@blueprint.route("/events/<event_id>/sign-up", methods=["POST"])
@requires(Permission.BOOK)
@of_a("event", _look)
@blueprint.takes(SignUpFields)
@blueprint.answers(BookingAnswer, 201, 202, *REFUSALS, 404, 429)
def sign_up(sent: dict[str, Any], event_id: UUID) -> Response:
    """Signs somebody up (201), or leaves them on the waiting list or with a request (202)."""
    plan, now, limits = current_office_plan(), office_now(), frame().config.limits
    asked = usecases.SignUp(sent["customer"], sent["booked_by"] or on_whose_word(None), sent["waits"])

    def work(session: Session) -> Answer:
        visit = usecases.sign_up(session, event_id, asked, actor=caller(), now=now, limits=limits)
        return (202 if visit.status is Status.REQUESTED else 201), booking_values(plan, visit)

    return answered_with(work)


def _event_values(plan: Plan, found: looks.EventDate) -> dict[str, Any]:
    room = found.booking
    return {
        "id": str(room.id),
        "reference": room.reference,
        "service": room.service_key,
        "resource": room.resource.key,
        "starts_at": local(room.starts_at, plan.zone),
        "ends_at": local(room.ends_at, plan.zone),
        "status": room.status,
        "standing": room.standing,
        "seats": found.seats,
        "taken": found.taken,
        "waiting": found.waiting,
        "public": found.event.is_public,
    }
