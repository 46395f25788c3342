"""Gives leases: what one process at a time should do, another takes over when it is no longer heard of.

A lease spares work; it protects nothing. Whoever sleeps past its end and wakes does not know it yet, so
whatever is done under a lease has to bear a second hand.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.leases import Lease

LENGTH = timedelta(seconds=10)


def take(session: Session, name: str, holder: str, *, real_now: datetime) -> bool:
    """Takes or renews the lease for `LENGTH`; False while another holds it.

    One that ends later than any given now could is nobody's: its holder's clock was ahead.
    """
    values = {"holder": holder, "until": real_now + LENGTH}
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    taken = session.scalar(
        insert(Lease)
        .values(name=name, **values)
        .on_conflict_do_update(
            index_elements=["name"],
            set_=values,
            where=or_(Lease.holder == holder, Lease.until <= real_now, Lease.until > real_now + LENGTH),
        )
        .returning(Lease.name)
    )
    return taken is not None


def give_back(session: Session, name: str, holder: str) -> None:
    """Ends the lease, if `holder` still has it, so that nobody need wait for its end."""
    session.execute(delete(Lease).where(Lease.name == name, Lease.holder == holder))
