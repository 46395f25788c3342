"""Forgets what the office need not know any more: each thing in its time, or all of one person on request.

Whoever wishes it stays on file longer.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from models.accesses import Access
from models.applications import Application
from models.audit_searches import AuditSearch
from models.bookings import Booking
from models.bulk import insert_many
from models.database import Database
from models.enquiries import Enquiry, EnquiryStep
from models.erasures import Erasure
from models.hints import Hint
from models.idempotency import IdempotencyRecord
from models.links import LinkRequest
from models.measures import MeasureParticipant, ModeTelling
from models.outbox import OutboxRow
from models.people import Person, PersonWord
from models.statements import Feedback
from models.walk_ins import WalkIn
from scheduler.adapters.clock import Clock
from scheduler.domain.enquiries import EnquiryStatus
from scheduler.domain.errors import WrongState
from scheduler.domain.limits import mail_address
from scheduler.domain.notices import UNDELIVERED, NoticeState
from scheduler.domain.people import folded
from scheduler.domain.retention import BLANK, Chore, Periods
from scheduler.domain.roles import Actor, Role
from scheduler.domain.texts import SOURCE_LANGUAGE
from scheduler.queries.retention import alive, due
from scheduler.usecases.audit import record

THE_FORGETTER = Actor("job:retention", Role.MANAGER)
_BATCH = 500

_NO_CONTACT: Mapping[str, Any] = dict.fromkeys(("email", "phone", "address", "email_key", "phone_key"))
#: What whoever is on file loses with the visit all the same.
_NO_NEEDS: Mapping[str, Any] = {
    **dict.fromkeys(("born", "household")),
    **dict.fromkeys(("interpreter", "companion", "step_free"), False),
}
_NOBODY: Mapping[str, Any] = {
    "name": BLANK,
    "language": SOURCE_LANGUAGE,
    **dict.fromkeys(("number", "number_key", "on_file_since")),
    **_NO_NEEDS,
}
#: What a notice says of its person; what it says of the office may stay.
_SAID = ("recipient", "phone", "reason", "manage_url")


def forget_due(database: Database, periods: Periods, *, clock: Clock) -> Mapping[Chore, int]:
    """Does every chore, some rows at a time, each batch as a transaction; answers how many rows it was.

    Whoever breaks off leaves the rest to the next. A record says what was done, where something was.
    """
    done = dict.fromkeys(Chore, 0)
    for chore in Chore:
        batch = _BATCH
        while batch == _BATCH:
            with database.transaction() as session:
                ids = session.scalars(due(chore, periods, clock.office()).limit(_BATCH)).all()
                _forget(session, chore, ids, clock.office())
                batch = len(ids)
                if ids:
                    _note(session, chore, periods, batch, clock.office())
            done[chore] += batch
    return done


def _note(session: Session, chore: Chore, periods: Periods, rows: int, now: datetime) -> None:
    details = {"rows": rows, "days": periods.of(chore).days}
    record(session, THE_FORGETTER, "retention.forget", f"retention:{chore}", now=now, **details)


def _forget(session: Session, chore: Chore, ids: Sequence[Any], now: datetime) -> None:
    match chore:
        case Chore.CONTACT:
            _set(session, Person, Person.id.in_(ids), _NO_CONTACT)
        case Chore.PERSON:
            on_file = Person.on_file_since.is_not(None)
            kept = session.scalars(select(Person.id).where(Person.id.in_(ids), on_file)).all()
            _forget_but_file(session, kept)
            _forget_people(session, set(ids) - set(kept))
        case Chore.ON_FILE:
            _forget_people(session, ids)
        case Chore.HINTS:
            session.execute(delete(Hint).where(Hint.id.in_(ids)))
        case Chore.WALK_INS:
            _set(session, WalkIn, WalkIn.id.in_(ids), dict.fromkeys(("name", "phone", "justification_text")))
        case Chore.ENQUIRIES:
            _set(session, Enquiry, Enquiry.id.in_(ids), {"text": BLANK, "phone": None})
            _set(session, EnquiryStep, EnquiryStep.enquiry_id.in_(ids), {"text": None, "before": {}})
        case Chore.NOTICES:
            _forget_notices(session, OutboxRow.id.in_(ids), now)
        case Chore.PROOFS:
            session.execute(
                update(ModeTelling).where(ModeTelling.notice_id.in_(ids)).values(notice_id=None),
                execution_options={"synchronize_session": False},
            )
            session.execute(delete(OutboxRow).where(OutboxRow.id.in_(ids)))
        case Chore.READS:
            session.execute(delete(Access).where(Access.id.in_(ids)))
        case Chore.REPORTS:
            session.execute(delete(Feedback).where(Feedback.id.in_(ids)))
        case Chore.SEARCHES:
            session.execute(delete(AuditSearch).where(AuditSearch.id.in_(ids)))
        case Chore.PARTICIPANTS:
            _forget_participants(session, ids, now)


def _forget_people(session: Session, ids: Collection[UUID]) -> None:
    """Who came, and in whose words; that somebody came then and there stays."""
    session.execute(delete(PersonWord).where(PersonWord.person_id.in_(ids)))
    _set(session, Person, Person.id.in_(ids), {**_NO_CONTACT, **_NOBODY})
    _forget_said(session, ids)


def _forget_participants(session: Session, ids: Collection[UUID], now: datetime) -> None:
    """Whoever is forgotten is told of nothing any more."""
    those = MeasureParticipant.id.in_(ids)
    _set(session, MeasureParticipant, those & MeasureParticipant.left_at.is_(None), {"left_at": now})
    blank = {"name": BLANK, "language": SOURCE_LANGUAGE, **dict.fromkeys(("email", "phone", "address"))}
    _set(session, MeasureParticipant, those, blank)
    _forget_notices(session, OutboxRow.participant_id.in_(ids), now)


def _forget_but_file(session: Session, ids: Collection[UUID]) -> None:
    """What nobody wished to be kept of those who are on file; nobody is found by it any more either."""
    _set(session, Person, Person.id.in_(ids), _NO_NEEDS)
    _forget_said(session, ids)
    session.execute(delete(PersonWord).where(PersonWord.person_id.in_(ids)))
    known_by = [
        word.values
        for person in session.scalars(
            select(Person).where(Person.id.in_(ids)).execution_options(populate_existing=True)
        )
        for word in PersonWord.of(person)
    ]
    insert_many(session, PersonWord, known_by)


def _forget_said(session: Session, ids: Collection[UUID]) -> None:
    said = dict.fromkeys(("justification_text", "reason", "others"))
    _set(session, Application, Application.person_id.in_(ids), dict.fromkeys(("about", "struck_why")))
    # What was forgotten is no change of the visit that somebody could have missed.
    _set(session, Booking, Booking.person_id.in_(ids), {**said, "version": Booking.version})


def _forget_notices(session: Session, wanted: Any, now: datetime) -> None:
    rows = session.scalars(select(OutboxRow).where(wanted).with_for_update()).all()
    for row in rows:
        row.values = {**row.values, **dict.fromkeys(_SAID), "name": BLANK, "answer": []}
        row.rendered, row.problem, row.forgotten_at = None, None, now
        if row.state in UNDELIVERED:
            row.state = NoticeState.WITHDRAWN


def keep_on_file(session: Session, ids: Sequence[UUID], *, wished: bool, actor: Actor, now: datetime) -> None:
    """Notes that a person, by these entries, wishes to stay on file for later visits, or no longer does."""
    people = session.scalars(select(Person).where(Person.id.in_(ids)).order_by(Person.id).with_for_update())
    for person in people:
        if (person.on_file_since is not None) != wished:
            person.on_file_since = now if wished else None
            record(
                session, actor, "person.keep" if wished else "person.let-go", f"person:{person.id}", now=now
            )


def erase_person(session: Session, ids: Sequence[UUID], *, actor: Actor, now: datetime) -> None:
    """Erases a person with all entries that are the same one (GDPR article 17); the audit chain goes on.

    Walk-ins, enquiries and reports that carry the same name, phone or address go with them, and purposes of
    searches that name them. Raises WrongState while a visit is still to come: cancelled first, its person
    hears of that.
    """
    if alive(session, ids, now):
        raise WrongState(change="erase", why="visits_to_come")
    people = session.scalars(select(Person).where(Person.id.in_(ids)).with_for_update()).all()
    visits = session.scalars(select(Booking.id).where(Booking.person_id.in_(ids))).all()
    _forget_elsewhere(session, people, now)
    for visit in visits:
        session.execute(delete(IdempotencyRecord).where(IdempotencyRecord.answer.contains(str(visit))))
    session.execute(delete(Hint).where(Hint.person_id.in_(ids)))
    _forget_notices(session, OutboxRow.booking_id.in_(visits), now)
    _forget_people(session, ids)
    known = set(session.scalars(select(Erasure.person_id).where(Erasure.person_id.in_(ids))))
    for one in ids:
        if one not in known:
            session.add(Erasure(person_id=one, erased_at=now))
            record(session, actor, "person.erase", f"person:{one}", now=now)


def erase_again(session: Session, ids: Sequence[UUID], *, actor: Actor, now: datetime) -> int:
    """Erases those of the list that a restored backup brought back; how many entries that were."""
    found = session.scalars(select(Person.id).where(Person.id.in_(ids), Person.name != BLANK)).all()
    if found:
        erase_person(session, found, actor=actor, now=now)
    return len(found)


def _forget_elsewhere(session: Session, people: Sequence[Person], now: datetime) -> None:
    """What was noted of the same person without an entry."""
    names = {folded(one.name) for one in people}
    phones = {one.phone for one in people if one.phone}
    mails = {mail_address(one.email) for one in people if one.email}
    noted = or_(WalkIn.name.is_not(None), WalkIn.phone.is_not(None))
    named = session.execute(select(WalkIn.id, WalkIn.name, WalkIn.phone).where(noted))
    theirs = [key for key, name, phone in named if folded(name or "") in names or phone in phones]
    _forget(session, Chore.WALK_INS, theirs, now)
    their_own = Enquiry.person_id.in_([one.id for one in people])
    asked = session.scalars(select(Enquiry.id).where(or_(their_own, Enquiry.phone.in_(phones)))).all()
    _forget(session, Chore.ENQUIRIES, asked, now)
    _forget_notices(session, OutboxRow.enquiry_id.in_(asked), now)
    # Nobody is left to be answered.
    over = {"status": EnquiryStatus.DROPPED, "closed_at": now}
    _set(session, Enquiry, Enquiry.id.in_(asked) & Enquiry.closed_at.is_(None), over)
    told = session.execute(
        select(
            MeasureParticipant.id, MeasureParticipant.name, MeasureParticipant.phone, MeasureParticipant.email
        ).where(MeasureParticipant.name != BLANK)
    )
    theirs_too = [
        key
        for key, name, phone, mail in told
        if folded(name) in names or phone in phones or (mail and mail_address(mail) in mails)
    ]
    _forget(session, Chore.PARTICIPANTS, theirs_too, now)
    reported = session.execute(select(Feedback.id, Feedback.contact).where(Feedback.contact.is_not(None)))
    _forget(session, Chore.REPORTS, [key for key, mail in reported if mail_address(mail) in mails], now)
    session.execute(delete(LinkRequest).where(LinkRequest.email_key.in_(mails)))
    searched = session.execute(select(AuditSearch.id, AuditSearch.purpose))
    naming = [key for key, purpose in searched if any(name in folded(purpose) for name in names)]
    _set(session, AuditSearch, AuditSearch.id.in_(naming), {"purpose": BLANK})


def _set(session: Session, table: type[Any], wanted: Any, values: Mapping[str, Any]) -> None:
    session.execute(
        update(table).where(wanted).values(**values), execution_options={"synchronize_session": False}
    )
