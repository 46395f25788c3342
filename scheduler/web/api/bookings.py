"""Calls about bookings: to make one, to look at them, and everything that can be done to one."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response, jsonify, request, url_for
from sqlalchemy.orm import Session

from models.bookings import Booking
from scheduler.domain.bookings import BookingRequest, Company, MoveRequest, Status
from scheduler.domain.instants import parse_instant
from scheduler.domain.roles import PERMISSION_FOR, Permission
from scheduler.queries import bookings as looks
from scheduler.usecases import bookings as changes
from scheduler.usecases.idempotency import Answer, answered_once
from scheduler.usecases.plans import hold_plan
from scheduler.web.accesses import shows
from scheduler.web.api.answers import booking_values
from scheduler.web.api.blueprints import Blueprint
from scheduler.web.api.callers import caller, of_a_booking, on_whose_word, requires
from scheduler.web.api.documents import BookingAnswer, BookingsAnswer
from scheduler.web.api.parsing import canonical_request, idempotency_key, seen_version
from scheduler.web.api.schemas import (
    AnswerQuery,
    BookingFields,
    BookingsQuery,
    CancelFields,
    MoveFields,
    NoFields,
    ReasonFields,
)
from scheduler.web.frame import current_office_plan, frame, office_now

blueprint = Blueprint("bookings", url_prefix="/api/v1", description="Visits: booked, moved, attended to.")

_CHANGED = (200, 401, 403, 404, 409, 412, 413, 415, 422, 503)


@blueprint.route("/bookings", methods=["POST"])
@requires(Permission.BOOK)
@blueprint.takes(BookingFields)
@blueprint.answers(BookingAnswer, 201, 202, 401, 403, 409, 413, 415, 422, 429, 503)
def book(sent: dict[str, Any]) -> Response:
    """Books a visit (201), or leaves it as a request where the phase asks for the office's approval (202)."""
    wish = BookingRequest(
        service=sent["service"].key,
        starts_at=_starts_at(sent),
        booked_by=sent["booked_by"] or on_whose_word(None),
        customer=sent["customer"],
        resource=_place(sent),
        justification=sent["justification"],
        company=Company(sent["persons"], sent["others"]),
    )
    limits = frame().config.limits
    response = _change(
        lambda session: changes.book(session, wish, actor=caller(), now=office_now(), limits=limits),
        made=True,
    )
    response.headers["Location"] = url_for("bookings.booking", id=response.get_json()["id"])
    return response


@blueprint.route("/bookings")
@requires(Permission.READ_BOOKINGS)
@blueprint.asks(BookingsQuery)
@blueprint.answers(BookingsAnswer, 200, 401, 403, 422, 503)
def bookings(asked: dict[str, Any]) -> Response:
    """The bookings whose visit begins on some days, by start, page by page."""
    plan = current_office_plan()
    with frame().database.glancing() as session:
        page = looks.page(
            session,
            asked["first"],
            asked["last"],
            zone=plan.zone,
            status=asked["status"],
            after=asked["cursor"],
            limit=asked["limit"],
        )
    found = [booking_values(plan, booking) for booking in page.bookings]
    shows(caller(), *(f"booking:{booking.id}" for booking in page.bookings))
    return jsonify(bookings=found, next_cursor=page.next_cursor)


@blueprint.route("/bookings/<id>")
@requires(Permission.READ_BOOKINGS)
@of_a_booking
@blueprint.asks(AnswerQuery)
@blueprint.answers(BookingAnswer, 200, 401, 403, 404, 422, 503)
def booking(_asked: dict[str, Any], id: UUID) -> Response:
    """One booking."""
    with frame().database.glancing() as session:
        found = looks.booking(session, id)
        response = jsonify(booking_values(current_office_plan(), found))
    shows(caller(), f"booking:{id}")
    response.set_etag(str(found.version))
    return response


@blueprint.route("/bookings/<id>/move", methods=["POST"])
@requires(PERMISSION_FOR["move"])
@of_a_booking
@blueprint.takes(MoveFields)
@blueprint.answers(BookingAnswer, *_CHANGED)
def move(sent: dict[str, Any], id: UUID) -> Response:
    """Moves a visit as one change; judged like a new booking of its original booker, in person."""
    wish = MoveRequest(_starts_at(sent), _place(sent), sent["justification"], sent["by"])
    return _change_seen(id, lambda session: changes.move(session, id, wish, actor=caller(), now=office_now()))


@blueprint.route("/bookings/<id>/cancel", methods=["POST"])
@requires(PERMISSION_FOR["cancel"])
@of_a_booking
@blueprint.takes(CancelFields)
@blueprint.answers(BookingAnswer, *_CHANGED)
def cancel(sent: dict[str, Any], id: UUID) -> Response:
    """Cancels a visit or a request, by the office, or on the customer's word."""
    return _change_seen(
        id, lambda session: changes.cancel(session, id, **sent, actor=caller(), now=office_now())
    )


@blueprint.route("/bookings/<id>/approve", methods=["POST"])
@requires(PERMISSION_FOR["approve"])
@of_a_booking
@blueprint.takes(NoFields)
@blueprint.answers(BookingAnswer, *_CHANGED)
def approve(_sent: dict[str, Any], id: UUID) -> Response:
    """Answers a request with yes."""
    return _change_seen(id, lambda session: changes.approve(session, id, actor=caller(), now=office_now()))


@blueprint.route("/bookings/<id>/decline", methods=["POST"])
@requires(PERMISSION_FOR["decline"])
@of_a_booking
@blueprint.takes(ReasonFields)
@blueprint.answers(BookingAnswer, *_CHANGED)
def decline(sent: dict[str, Any], id: UUID) -> Response:
    """Answers a request with no; the customer is told the reason."""
    return _change_seen(
        id, lambda session: changes.decline(session, id, **sent, actor=caller(), now=office_now())
    )


@blueprint.route("/bookings/<id>/check-in", methods=["POST"])
@requires(PERMISSION_FOR["check-in"])
@of_a_booking
@blueprint.takes(NoFields)
@blueprint.answers(BookingAnswer, *_CHANGED)
def check_in(_sent: dict[str, Any], id: UUID) -> Response:
    """Notes that somebody has come, on the day of the visit."""
    return _change_seen(id, lambda session: changes.check_in(session, id, actor=caller(), now=office_now()))


@blueprint.route("/bookings/<id>/call", methods=["POST"])
@requires(PERMISSION_FOR["call"])
@of_a_booking
@blueprint.takes(NoFields)
@blueprint.answers(BookingAnswer, *_CHANGED)
def call(_sent: dict[str, Any], id: UUID) -> Response:
    """Calls somebody to the place."""
    return _change_seen(id, lambda session: changes.call(session, id, actor=caller(), now=office_now()))


@blueprint.route("/bookings/<id>/serve", methods=["POST"])
@requires(PERMISSION_FOR["serve"])
@of_a_booking
@blueprint.takes(NoFields)
@blueprint.answers(BookingAnswer, *_CHANGED)
def serve(_sent: dict[str, Any], id: UUID) -> Response:
    """Notes that the conversation has begun."""
    return _change_seen(id, lambda session: changes.serve(session, id, actor=caller(), now=office_now()))


@blueprint.route("/bookings/<id>/finish", methods=["POST"])
@requires(PERMISSION_FOR["finish"])
@of_a_booking
@blueprint.takes(NoFields)
@blueprint.answers(BookingAnswer, *_CHANGED)
def finish(_sent: dict[str, Any], id: UUID) -> Response:
    """Ends the visit; its place is free at once."""
    return _change_seen(id, lambda session: changes.finish(session, id, actor=caller(), now=office_now()))


@blueprint.route("/bookings/<id>/no-show", methods=["POST"])
@requires(PERMISSION_FOR["no-show"])
@of_a_booking
@blueprint.takes(ReasonFields)
@blueprint.answers(BookingAnswer, *_CHANGED)
def no_show(sent: dict[str, Any], id: UUID) -> Response:
    """Notes that nobody came; a check-in on the same day takes it back."""
    return _change_seen(
        id, lambda session: changes.no_show(session, id, **sent, actor=caller(), now=office_now())
    )


def _change_seen(id: UUID, change: Callable[[Session], Booking]) -> Response:
    """A change of a booking, on condition that it is as the caller saw it where the call says so."""
    seen = seen_version()

    def checked(session: Session) -> Booking:
        if seen is not None:
            changes.check_unchanged(session, id, seen=seen)
        return change(session)

    return _change(checked)


def _change(change: Callable[[Session], Booking], *, made: bool = False) -> Response:
    """The booking after a change that is done once, however often it is sent under the same key."""
    key, plan = idempotency_key(), current_office_plan()
    done: list[Booking] = []
    with frame().database.transaction() as session:

        def work() -> Answer:
            changed = change(session)
            done.append(changed)
            answer = booking_values(plan, changed)
            if not made:
                return 200, answer
            return 202 if changed.status is Status.REQUESTED else 201, answer

        if made:
            hold_plan(session)
        sent = canonical_request(request)
        status, values = answered_once(session, actor=caller(), key=key, request=sent, work=work)
    response = jsonify(values)
    response.status_code = status
    if done:
        response.set_etag(str(done[0].version))
    return response


def _starts_at(sent: dict[str, Any]) -> Any:
    return parse_instant(sent["starts_at"], current_office_plan().zone, field="starts_at")


def _place(sent: dict[str, Any]) -> str | None:
    return sent["resource"].key if sent["resource"] is not None else None
