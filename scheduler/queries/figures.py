"""Looks at what became of the visits of a period, for the figures."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.bookings import Booking
from models.enquiries import Enquiry
from models.plans import ResourceRow
from models.walk_ins import WalkIn
from scheduler.adapters.holidays import holiday_question
from scheduler.domain.enquiries import EnquiryStatus
from scheduler.domain.figures import Answered, Figures, Period, Visit, WalkedIn, figures
from scheduler.domain.plans import Plan
from scheduler.queries.events import is_participant

_VISITS = select(
    Booking.service_key,
    ResourceRow.key,
    Booking.status,
    Booking.channel,
    Booking.cancelled_by,
    Booking.justification_category,
    Booking.starts_at,
    Booking.occupied_until,
    Booking.arrived_at,
    Booking.served_at,
    Booking.finished_at,
    ~is_participant(),
).join(Booking.resource)
_WALK_INS = select(
    WalkIn.service_key,
    WalkIn.justification_category,
    WalkIn.arrived_at,
    WalkIn.served_at,
    WalkIn.finished_at,
)


def figures_of(session: Session, plan: Plan, period: Period) -> Figures:
    """Three statements, however long the period is; nothing of a person is read."""
    within = period.span(plan)
    visits = session.execute(_VISITS.where(Booking.starts_at >= within.start, Booking.starts_at < within.end))
    walk_ins = session.execute(
        _WALK_INS.where(WalkIn.arrived_at >= within.start, WalkIn.arrived_at < within.end)
    )
    answered = session.execute(
        select(Enquiry.service_key, Enquiry.closed_at).where(
            Enquiry.status == EnquiryStatus.ANSWERED,
            Enquiry.closed_at >= within.start,
            Enquiry.closed_at < within.end,
        )
    )
    return figures(
        plan,
        period,
        (Visit(*row) for row in visits),
        (WalkedIn(*row) for row in walk_ins),
        (Answered(service, at) for service, at in answered if at is not None),
        is_holiday=holiday_question(plan.office.holidays),
    )
