"""Holds places for whoever has a form open, for some minutes of real time.

A hold is a claim without a booking. Nothing depends on the tidying: whoever books, moves or holds removes the
expired ones in the way. A hold is no booking: nobody is told of it, and it leaves no record.
"""

from datetime import datetime, timedelta
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.base import RealNow
from models.bookings import Claim
from scheduler.domain.holds import MOST_HOLDS, HoldRequest, span_to_hold
from scheduler.domain.intervals import Interval
from scheduler.domain.roles import Actor
from scheduler.queries.days import answers
from scheduler.queries.plans import current_plan
from scheduler.usecases.claims import clear_holds, take_turns


def hold(session: Session, request: HoldRequest, *, length: timedelta, actor: Actor, now: datetime) -> bool:
    """Holds the place for the form, or goes on holding it; False where another was first.

    What the form held before is free then; of more than `MOST_HOLDS` of one person the oldest gives way.
    """
    own, plan = _name(request.form, actor), current_plan(session)
    place = plan.resource(request.resource)
    longest = max(service.length + service.buffer for service in plan.services)
    widest = Interval(request.starts_at, request.starts_at + longest)
    place_id = take_turns(session, plan, [(place, widest)])[place.key]
    until = session.execute(select(RealNow())).scalar_one() + length
    offers = answers(
        session,
        plan,
        request.starts_at,
        place,
        booked_by=request.booked_by,
        now=now,
        holder=actor.name,
    )
    bookable = [offer.service for offer in offers if offer.error is None]
    span = span_to_hold(request.starts_at, bookable, request.service)
    others = select(Claim.id).where(Claim.held_by == actor.name, Claim.hold != own)
    kept = others.order_by(Claim.id.desc()).limit(MOST_HOLDS - 1)
    session.execute(
        delete(Claim).where(Claim.held_by == actor.name, Claim.id.not_in(kept)),
        execution_options={"synchronize_session": False},
    )
    if span is None:
        return False
    clear_holds(session, place_id, span, holder=actor.name)
    session.add(
        Claim(
            resource_id=place_id,
            starts_at=span.start,
            occupied_until=span.end,
            occupies=True,
            hold=own,
            held_by=actor.name,
            held_until=until,
        )
    )
    session.flush()
    return True


def let_go(session: Session, form: str, *, actor: Actor) -> None:
    """Frees what the form holds, if it still does."""
    session.execute(delete(Claim).where(Claim.hold == _name(form, actor), Claim.held_by == actor.name))


def _name(form: str, actor: Actor) -> UUID:
    """Nobody's form has the name of another's, whatever key it sends."""
    return uuid5(NAMESPACE_OID, f"{actor.name} {form}")
