"""Looking at the office as of another instant: kept with the session, so that it ends with it at the latest.

Nothing of the office changes by it, so it leaves no record; what is read meanwhile is noted as ever.
"""

from datetime import datetime, tzinfo

from sqlalchemy.orm import Session

from models.staff import StaffSession
from scheduler.domain.as_of import check_reach, may_look_as_of
from scheduler.domain.errors import Forbidden, Unauthorized
from scheduler.domain.roles import Actor, Permission


def look_as_of(
    session: Session,
    session_digest: str,
    instant: datetime,
    *,
    zone: tzinfo,
    demo: bool,
    actor: Actor,
    now: datetime,
) -> None:
    """Lets one session see the office as of `instant`. Raises Forbidden, Invalid, Unauthorized."""
    if not may_look_as_of(actor.role, demo=demo):
        raise Forbidden(permission=Permission.LOOK_AS_OF)
    check_reach(instant, zone, now=now)
    _session(session, session_digest).as_of = instant


def look_at_present(session: Session, session_digest: str) -> None:
    """Lets the session see the office as it is. Raises Unauthorized where it has ended."""
    _session(session, session_digest).as_of = None


def _session(session: Session, session_digest: str) -> StaffSession:
    found = session.get(StaffSession, session_digest)
    if found is None:
        raise Unauthorized
    return found
