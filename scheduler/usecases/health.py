"""Notes the signs of life of the office's machinery."""

from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.clocks import Heartbeat


def note_run(session: Session, job: str, *, problem: str | None, real_now: datetime) -> None:
    """Notes that `job` ran, and what went wrong if anything did."""
    values = {"ran_at": real_now, "problem": problem}
    if session.get_bind().dialect.name == "postgresql":
        insert = postgresql.insert(Heartbeat).values(job=job, **values)
        session.execute(insert.on_conflict_do_update(index_elements=["job"], set_=values))
    else:
        upsert = sqlite.insert(Heartbeat).values(job=job, **values)
        session.execute(upsert.on_conflict_do_update(index_elements=["job"], set_=values))
