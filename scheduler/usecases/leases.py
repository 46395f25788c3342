"""Gives leases: what one process at a time should do, another takes over when it is no longer heard of.

A lease spares work; it protects nothing. Whoever sleeps past its end and wakes does not know it yet, so
whatever is done under a lease has to bear a second hand.

One clock says when it ends: on PostgreSQL the server's, since two hosts whose clocks differ would take the
lease from one another for good. Whoever uses an SQLite file is on one host, with one clock.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, DateTime, delete, func, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.leases import Lease

LENGTH = timedelta(seconds=10)


def take(session: Session, name: str, holder: str, *, real_now: datetime) -> bool:
    """Takes or renews the lease for `LENGTH`; False while another holds it.

    One that ends later than any given now could is nobody's: its holder's clock was ahead.
    """
    now = _now(session, real_now)
    values = {"holder": holder, "until": now + LENGTH}
    insert = postgresql.insert if _is_postgresql(session) else sqlite.insert
    taken = session.scalar(
        insert(Lease)
        .values(name=name, **values)
        .on_conflict_do_update(
            index_elements=["name"],
            set_=values,
            where=or_(Lease.holder == holder, Lease.until <= now, Lease.until > now + LENGTH),
        )
        .returning(Lease.name)
    )
    return taken is not None


def give_back(session: Session, name: str, holder: str) -> None:
    """Ends the lease, if `holder` still has it, so that nobody need wait for its end."""
    session.execute(delete(Lease).where(Lease.name == name, Lease.holder == holder))


def _now(session: Session, real_now: datetime) -> datetime | ColumnElement[datetime]:
    """By the clock that counts. It goes on during a transaction, which may have waited for its turn."""
    return func.clock_timestamp(type_=DateTime(timezone=True)) if _is_postgresql(session) else real_now


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
