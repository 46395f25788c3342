"""Takes back what was done to a booking by mistake; what was done and its end both stay on record."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from models.bookings import Booking
from scheduler.domain.bookings import Change, Channel, MoveRequest, Party, Standing, Status, status_before
from scheduler.domain.errors import SlotTaken, WrongState
from scheduler.domain.notices import Notifying, Template
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Actor
from scheduler.queries.events import event_of
from scheduler.queries.plans import current_plan
from scheduler.usecases.bookings import (
    STAMPS,
    find_place,
    judge_again,
    locked,
    move,
    note,
    relocate,
    take_place_again,
)
from scheduler.usecases.claims import reclaim
from scheduler.usecases.notices import new_uid, tell, withdraw_latest
from scheduler.usecases.participants import is_group
from scheduler.usecases.plans import held_plan
from scheduler.usecases.queueing import check_mistake


def take_back(session: Session, booking_id: UUID, *, mistake: Change, actor: Actor, now: datetime) -> Booking:
    """Takes back what the same person did by mistake a few minutes ago.

    Of what happened on the day: check-in, call, serve, finish, no-show. Moves (to another place alone, too)
    and what ended a visit are judged again, and the place is taken again. An approval as long as nobody has
    been told. Raises WrongState (not the latest change, another's, too long ago, told already), SlotTaken,
    and what a move raises.
    """
    if mistake is Change.MOVE:
        return _move_back(session, booking_id, actor, now)
    if mistake in (Change.CANCEL, Change.DECLINE):
        return _restore(session, booking_id, mistake, actor, now)
    if mistake is Change.APPROVE:
        return _ask_again(session, booking_id, actor, now)
    plan = current_plan(session)
    booking = locked(session, booking_id)
    before = status_before(mistake, booking.status, called=booking.called_at is not None)
    check_mistake(session, f"booking:{booking.id}", f"booking.{mistake}", booking.status, actor, now)
    if not booking.status.occupies and booking.channel is Channel.IN_PERSON:
        take_place_again(session, plan, booking)
    booking.status = before
    if mistake is Change.CHECK_IN:
        booking.arrived_at = booking.call_day = booking.call_number = None
    elif mistake is Change.NO_SHOW:
        booking.reason = None
    else:
        setattr(booking, STAMPS[mistake], None)
    _note(session, booking, mistake, actor, now)
    return booking


def _move_back(session: Session, booking_id: UUID, actor: Actor, now: datetime) -> Booking:
    """Moves a visit to where it was. Whoever has not heard of the move hears nothing of its end either."""
    booking = locked(session, booking_id)
    subject, also = f"booking:{booking.id}", "booking.relocate"
    latest = check_mistake(session, subject, "booking.move", booking.status, actor, now, also=also)
    details = latest.details
    if "left" not in details or details.get("channel", Channel.IN_PERSON) != Channel.IN_PERSON:
        raise WrongState(status=booking.status, change=Change.MOVE, why="nothing_to_take_back")
    if details["left"] not in held_plan(session).resources_by_key:
        raise SlotTaken(alternatives=[])
    was_told = details.get("told") != "no"
    knows_nothing = not was_told or withdraw_latest(session, booking)
    notifying = Notifying.NOT if knows_nothing else Notifying.NOW
    if latest.action == "booking.relocate":
        left = details["left"]
        booking = relocate(session, booking_id, left, actor=actor, now=now, notifying=notifying)
    else:
        previous = datetime.fromisoformat(details["previous"])
        back = MoveRequest(previous, details["left"], by=Party(details["by"]))
        booking = move(session, booking_id, back, actor=actor, now=now, notifying=notifying)
        booking.standing = Standing(details["was"])
        booking.moved_by = Party(details["moved_by"]) if "moved_by" in details else None
    if knows_nothing and was_told:
        # What was still to be said before the move says what holds again, and nothing may overtake it.
        withdraw_latest(session, booking)
    _note(session, booking, Change.MOVE, actor, now, standing=booking.standing)
    return booking


def _restore(session: Session, booking_id: UUID, mistake: Change, actor: Actor, now: datetime) -> Booking:
    """Takes back that a visit or a request was ended, as long as phase, hours and place let it be.

    Whoever has heard of it is invited anew: nothing is sent for a calendar entry after its cancellation.
    """
    plan = held_plan(session)
    booking = locked(session, booking_id)
    latest = check_mistake(session, f"booking:{booking.id}", f"booking.{mistake}", booking.status, actor, now)
    # Its seat may be another's by now, and those who were told that the event is off would not come.
    if "was" not in latest.details or (is_group(plan, booking) and event_of(session, booking.id)):
        raise WrongState(status=booking.status, change=mistake, why="nothing_to_take_back")
    if booking.channel is Channel.IN_PERSON:
        _have_place_again(session, plan, booking, actor, now)
    told = "no"
    knows_nothing = withdraw_latest(session, booking)
    booking.status, booking.cancelled_by, booking.reason = Status(latest.details["was"]), None, None
    if not knows_nothing:
        told, booking.ical_uid, booking.ical_sequence = "yes", new_uid(plan), 0
        by_phone = booking.channel is Channel.PHONE
        invitation = Template.PHONE if by_phone else Template.INVITATION
        tell(session, plan, booking, invitation if booking.invited else Template.RECEIPT, now=now)
    _note(session, booking, mistake, actor, now, told=told)
    return booking


def _ask_again(session: Session, booking_id: UUID, actor: Actor, now: datetime) -> Booking:
    """Makes an approved visit a request again; whoever has the invitation already can only be told off."""
    booking = locked(session, booking_id)
    latest = check_mistake(session, f"booking:{booking.id}", "booking.approve", booking.status, actor, now)
    if not withdraw_latest(session, booking):
        raise WrongState(status=booking.status, change=Change.APPROVE, why="already_told")
    booking.status, booking.standing = Status.REQUESTED, Standing(latest.details.get("was", Standing.VALID))
    booking.invited = False
    _note(session, booking, Change.APPROVE, actor, now)
    return booking


def _have_place_again(session: Session, plan: Plan, booking: Booking, actor: Actor, now: datetime) -> None:
    if booking.resource.key not in plan.resources_by_key:
        raise SlotTaken(alternatives=[])
    find_place(
        session,
        plan,
        plan.visit(booking.service_key, booking.person.needs),
        [(plan.resource(booking.resource.key), judge_again(plan, booking, now))],
        booking.starts_at,
        booked_by=booking.booked_by,
        actor=actor,
        now=now,
        leaving_out=booking.id,
    )
    reclaim(session, booking)


def _note(
    session: Session, booking: Booking, mistake: Change, actor: Actor, now: datetime, **details: str
) -> None:
    noted = {"mistake": mistake, "status": booking.status, **details}
    note(session, booking, actor, "booking.take-back", now, **noted)
