"""Counts short contacts, and takes back what was counted by mistake."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.contacts import Contact
from scheduler.domain.contacts import ContactKind
from scheduler.domain.errors import NotFound, invalid
from scheduler.domain.instants import local_date
from scheduler.domain.roles import Actor
from scheduler.usecases.audit import record
from scheduler.usecases.plans import held_plan
from scheduler.usecases.queueing import check_mistake


def count(session: Session, kind: ContactKind, *, site: str, actor: Actor, now: datetime) -> Contact:
    """Raises Invalid for a site that the plan does not have."""
    plan = held_plan(session)
    if site not in plan.sites_by_key:
        raise invalid("site", "unknown", value=site[:40])
    contact = Contact(
        id=uuid4(), day=local_date(now, plan.zone), site=site, kind=kind, counted_at=now, made_by=actor.name
    )
    session.add(contact)
    record(session, actor, "contact.count", f"contact:{contact.id}", now=now, site=site, kind=kind)
    return contact


def take_back(session: Session, contact_id: UUID, *, actor: Actor, now: datetime) -> Contact:
    """Takes back what the same person counted a few minutes ago. Raises NotFound, WrongState."""
    contact = session.scalar(select(Contact).where(Contact.id == contact_id).with_for_update())
    if contact is None:
        raise NotFound(what="contact", key=str(contact_id))
    check_mistake(session, f"contact:{contact.id}", "contact.count", "done", actor, now)
    contact.taken_back_at = now
    record(session, actor, "contact.take-back", f"contact:{contact.id}", now=now)
    return contact
