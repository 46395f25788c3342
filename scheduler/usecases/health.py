"""Notes the signs of life of the office's machinery, and how much it did."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.clocks import Heartbeat
from models.tallies import Tally


def note_run(session: Session, job: str, *, problem: str | None, real_now: datetime) -> None:
    """Notes that `job` ran, and what went wrong if anything did."""
    values = {"ran_at": real_now, "problem": problem}
    if session.get_bind().dialect.name == "postgresql":
        insert = postgresql.insert(Heartbeat).values(job=job, **values)
        session.execute(insert.on_conflict_do_update(index_elements=["job"], set_=values))
    else:
        upsert = sqlite.insert(Heartbeat).values(job=job, **values)
        session.execute(upsert.on_conflict_do_update(index_elements=["job"], set_=values))


def tally(session: Session, counts: Mapping[str, int]) -> None:
    """Adds to tallies; who counts where nobody can ask, as the jobs do, leaves the figures here."""
    more = [{"name": name, "count": count} for name, count in sorted(counts.items()) if count]
    if not more:
        return
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    added = insert(Tally).values(more)
    session.execute(
        added.on_conflict_do_update(
            index_elements=["name"], set_={"count": Tally.count + added.excluded.count}
        )
    )
