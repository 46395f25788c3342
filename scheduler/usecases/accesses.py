"""Notes in the access log who read whose data, beside the reading and never in its way."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from models.accesses import Access
from scheduler.domain.roles import Actor


def note_accesses(
    session: Session, actor: Actor, page: str, subjects: Sequence[str], *, now: datetime
) -> None:
    """`page` is the page or call, `subjects` are whose data it showed ("booking:…"); one statement."""
    rows = [{"at": now, "actor": actor.name, "page": page[:60], "subject": subject} for subject in subjects]
    if rows:
        session.execute(insert(Access), rows)
