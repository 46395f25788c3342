"""Clears away what nobody needs any more, some rows at a time, so that nobody waits for it."""

from models.database import Database
from scheduler.adapters.clock import Clock
from scheduler.usecases import idempotency, staff

#: At most so many rows in one transaction.
BATCH = 500
#: Each deletes at most so many rows that are over by that real time, and answers how many it deleted.
_CLEARED = (staff.clear_sessions, staff.clear_tries, idempotency.clear_answers)


def clear_away(database: Database, *, clock: Clock) -> int:
    """Deletes sessions that ended, tries that count no more and answers that nobody asks for again.

    Answers how many. Whoever signs in or books leaves this alone: strangers make as many rows as they like,
    and nobody should pay for that, or wait for another who does the same. What somebody else holds now is
    left for later.
    """
    cleared = 0
    for clear in _CLEARED:
        batch = BATCH
        while batch == BATCH:
            with database.transaction() as session:
                batch = clear(session, clock.real(), at_most=BATCH)
            cleared += batch
    return cleared
