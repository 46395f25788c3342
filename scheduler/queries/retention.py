"""Looks for what is to be forgotten, and what the office knows of one person."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CompoundSelect, Select, and_, func, or_, select, union
from sqlalchemy.orm import Session

from models.accesses import Access
from models.applications import Application
from models.audit import AuditRecord
from models.audit_searches import AuditSearch
from models.bookings import Booking
from models.enquiries import Enquiry, EnquiryStep
from models.erasures import Erasure
from models.hints import Hint
from models.measures import MeasureParticipant
from models.outbox import OutboxRow
from models.people import Person
from models.statements import Feedback
from models.walk_ins import WalkIn
from scheduler.domain.bookings import Status
from scheduler.domain.errors import NotFound
from scheduler.domain.measures import Side
from scheduler.domain.notices import NoticeState
from scheduler.domain.retention import BLANK, Chore, Periods
from scheduler.queries.worklist import still_waits

#: What of a notice is over, whether it went or nobody wanted it to.
_OVER = (NoticeState.SENT, NoticeState.WITHDRAWN, NoticeState.UNWANTED)
_ALIVE = tuple(status for status in Status if status.occupies)


def due(chore: Chore, periods: Periods, now: datetime) -> Select[Any]:
    """The ids of the rows that this chore is to forget by `now` (office time), in their order."""
    before = now - periods.of(chore)
    visited: CompoundSelect[Any] = union(
        select(Booking.person_id).where(Booking.ends_at <= before),
        select(Enquiry.person_id).where(Enquiry.closed_at <= before, Enquiry.person_id.is_not(None)),
        select(Application.person_id).where(Application.noted_at <= before),
    )
    found: Select[Any]
    match chore:
        case Chore.CONTACT:
            known = or_(*(column.is_not(None) for column in CONTACTS))
            # Whom the office cancelled is called or written to once there is a new time.
            waiting = (
                select(Booking.person_id)
                .join(Person, Person.id == Booking.person_id)
                .where(*still_waits(now))
            )
            found = select(Person.id).where(
                known, ~_ON_FILE, Person.id.in_(visited), Person.id.not_in(waiting)
            )
        case Chore.PERSON:
            more = or_(
                ~_ON_FILE, *(column.is_not(None) for column in (Person.born, Person.household)), *NEEDS, _SAID
            )
            found = select(Person.id).where(Person.name != BLANK, more, Person.id.in_(visited))
        case Chore.ON_FILE:
            found = select(Person.id).where(Person.on_file_since <= before, Person.id.in_(visited))
        case Chore.HINTS:
            day = before.date()
            found = select(Hint.id).where(or_(Hint.until < day, Hint.lifted_at <= before))
        case Chore.WALK_INS:
            said = or_(*(column.is_not(None) for column in WALK_IN_WORDS))
            found = select(WalkIn.id).where(WalkIn.call_day < before.date(), said)
        case Chore.ENQUIRIES:
            found = select(Enquiry.id).where(Enquiry.text != BLANK, Enquiry.closed_at <= before)
        case Chore.NOTICES:
            found = _notices(before).where(OutboxRow.forgotten_at.is_(None))
        case Chore.PROOFS:
            found = _notices(before)
        case Chore.READS:
            found = select(Access.id).where(Access.at <= before)
        case Chore.REPORTS:
            found = select(Feedback.id).where(Feedback.settled_at <= before)
        case Chore.SEARCHES:
            found = select(AuditSearch.id).where(AuditSearch.filed_at <= before)
        case Chore.PARTICIPANTS:
            # The provider's contacts stay as long as nobody takes them off.
            stayed = and_(MeasureParticipant.side == Side.PARTICIPANT, MeasureParticipant.added_at <= before)
            over = or_(MeasureParticipant.left_at <= before, stayed)
            found = select(MeasureParticipant.id).where(MeasureParticipant.name != BLANK, over)
    return found.order_by(found.selected_columns[0])


CONTACTS = (Person.email, Person.phone, Person.address)
NEEDS = (Person.interpreter, Person.companion, Person.step_free)
_ON_FILE = Person.on_file_since.is_not(None)
_SAID = (
    select(Booking.id)
    .where(Booking.person_id == Person.id)
    .where(or_(*(said.is_not(None) for said in (Booking.justification_text, Booking.reason, Booking.others))))
    .exists()
)
WALK_IN_WORDS = (WalkIn.name, WalkIn.phone, WalkIn.justification_text)


def _notices(before: datetime) -> Select[Any]:
    """Those that went out before then, and those that nobody can be told any more."""
    went = and_(OutboxRow.state.in_(_OVER), OutboxRow.created_at <= before)
    settled = or_(OutboxRow.settled_at.is_(None), OutboxRow.settled_at <= before)
    too_late = func.coalesce(Booking.ends_at, Enquiry.closed_at) <= before
    joined = (
        select(OutboxRow.id)
        .outerjoin(Booking, Booking.id == OutboxRow.booking_id)
        .outerjoin(Enquiry, Enquiry.id == OutboxRow.enquiry_id)
    )
    return joined.where(or_(and_(went, settled), too_late), OutboxRow.created_at <= before)


def counted(session: Session, periods: Periods, now: datetime) -> Mapping[Chore, int]:
    """How many rows each chore would forget now; a statement for each."""
    found = {}
    for chore in Chore:
        rows = due(chore, periods, now).order_by(None).subquery()
        found[chore] = session.scalar(select(func.count()).select_from(rows)) or 0
    return found


def alive(session: Session, person_ids: Sequence[UUID], now: datetime) -> int:
    """How many visits of these entries are still to come or under way."""
    theirs = select(func.count()).select_from(Booking).where(Booking.person_id.in_(person_ids))
    return session.scalar(theirs.where(Booking.status.in_(_ALIVE), Booking.ends_at > now)) or 0


def erased(session: Session) -> Sequence[UUID]:
    """The entries that were erased on request, in that order: the list to replay after a restore."""
    return session.scalars(select(Erasure.person_id).order_by(Erasure.id)).all()


def entry_of(session: Session, reference: str) -> UUID:
    """The entry of the person who has this visit. Raises NotFound."""
    found = session.scalar(select(Booking.person_id).where(Booking.reference == reference.strip().upper()))
    if found is None:
        raise NotFound(what="booking", key=reference[:20])
    return found


def person_file(session: Session, person_ids: Sequence[UUID]) -> dict[str, Any]:
    """All that is stored of a person (GDPR article 15), as JSON takes it; a fixed number of statements.

    Who of the staff read or changed something is left out: they have rights of their own.
    """
    people = session.scalars(
        select(Person).where(Person.id.in_(person_ids)).order_by(Person.created_at)
    ).all()
    visits = session.scalars(
        select(Booking).where(Booking.person_id.in_(person_ids)).order_by(Booking.starts_at, Booking.id)
    ).all()
    enquiries = session.scalars(
        select(Enquiry).where(Enquiry.person_id.in_(person_ids)).order_by(Enquiry.came_at, Enquiry.id)
    ).all()
    asked = [one.id for one in enquiries]
    steps = session.scalars(
        select(EnquiryStep).where(EnquiryStep.enquiry_id.in_(asked)).order_by(EnquiryStep.id)
    ).all()
    applications = session.scalars(
        select(Application).where(Application.person_id.in_(person_ids)).order_by(Application.noted_at)
    ).all()
    mails = {one.email for one in people if one.email}
    phones = {one.phone for one in people if one.phone}
    measures = session.scalars(
        select(MeasureParticipant)
        .where(or_(MeasureParticipant.email.in_(mails), MeasureParticipant.phone.in_(phones)))
        .order_by(MeasureParticipant.added_at, MeasureParticipant.id)
    ).all()
    ids = [visit.id for visit in visits]
    subjects = [*(f"booking:{one}" for one in ids), *(f"enquiry:{one}" for one in asked)]
    subjects += [f"application:{one.id}" for one in applications]
    subjects += [*(f"person:{one}" for one in person_ids)]
    notices = session.scalars(
        select(OutboxRow)
        .where(or_(OutboxRow.booking_id.in_(ids), OutboxRow.enquiry_id.in_(asked)))
        .order_by(OutboxRow.id)
    ).all()
    hints = session.scalars(select(Hint).where(Hint.person_id.in_(person_ids)).order_by(Hint.id)).all()
    changes = session.scalars(
        select(AuditRecord).where(AuditRecord.subject.in_(subjects)).order_by(AuditRecord.id)
    ).all()
    reads = session.scalars(select(Access).where(Access.subject.in_(subjects)).order_by(Access.id)).all()
    return {
        "entries": [_values(one) for one in people],
        "visits": [_values(one, but=("made_by",)) for one in visits],
        "enquiries": [_values(one, but=("owner", "forwarded_to", "made_by")) for one in enquiries],
        "steps": [_values(one, but=("done_by", "before")) for one in steps],
        "applications": [_values(one, but=("noted_by", "struck_by")) for one in applications],
        "measures": [_values(one, but=("added_by",)) for one in measures],
        "notices": [_values(one, but=("rendered", "settled_by")) for one in notices],
        "hints": [_values(one, but=("set_by",)) for one in hints],
        "changes": [_values(one, but=("actor", "position", "seal")) for one in changes],
        "reads": [_values(one, but=("actor",)) for one in reads],
    }


def _values(row: Any, *, but: Sequence[str] = ()) -> dict[str, Any]:
    columns = [column.key for column in row.__mapper__.column_attrs if column.key not in but]
    return {name: _in_json(value) for name in columns if (value := getattr(row, name)) is not None}


def _in_json(value: Any) -> Any:
    if isinstance(value, bool | int | str | dict | list):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
