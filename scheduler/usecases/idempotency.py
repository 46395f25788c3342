"""Makes a repeated request harmless: the same key gives the same answer."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models.base import RealNow
from models.idempotency import IdempotencyRecord
from models.volleys import Ready, ask, ask_later, connection_of
from scheduler.domain.errors import IdempotencyMismatch, InProgress
from scheduler.domain.roles import Actor

Answer = tuple[int, dict[str, Any]]

#: So long an answer can be asked for again. It says what the caller sent of a person, so no longer.
KEPT = timedelta(days=7)

_records = cast(Table, IdempotencyRecord.__table__)
_KEY = ("actor", "key", "digest")
_BEGIN = {
    name: Ready(
        insert(_records)
        .values({column: bindparam(column) for column in _KEY} | {"created_at": RealNow()})
        .on_conflict_do_nothing()
        .returning(_records.c.id)
    )
    for name, insert in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
}
_END = Ready(
    update(_records)
    .where(_records.c.id == bindparam("record_id"))
    .values(status=bindparam("status_"), answer=bindparam("answer_"))
)


def answered_once(
    session: Session,
    *,
    actor: Actor,
    key: str | None,
    request: str,
    work: Callable[[], Answer],
) -> Answer:
    """What `work` answers, or what it answered when `actor` first sent `key`.

    `request` stands for the whole request: another one under the same key raises IdempotencyMismatch.
    Raises InProgress while the first is still being worked on. An answer is kept only if the transaction is:
    after an error the key is as good as new.
    """
    if key is None:
        return work()
    digest = hashlib.sha256(request.encode()).hexdigest()
    record_id = _begin(session, actor, key, digest)
    if record_id is None:
        return _earlier_answer(session, actor, key, digest)
    status, answer = work()
    given = json.dumps(answer, ensure_ascii=False)
    session.flush()
    ask_later(session, _END, {"record_id": record_id, "status_": status, "answer_": given})
    return status, answer


def _begin(session: Session, actor: Actor, key: str, digest: str) -> int | None:
    """The id of the key's new record; None where there is one already."""
    values = {"actor": actor.name, "key": key, "digest": digest}
    try:
        noted = ask(session, _BEGIN[connection_of(session).dialect.name], values)
        return noted[0][0] if noted else None
    except OperationalError as error:
        # Another transaction holds the same key and has not ended within the lock timeout.
        is_key = _records.name in (error.statement or "")
        if is_key and getattr(error.orig, "sqlstate", None) == "55P03":
            raise InProgress(retry_after=2) from error
        raise


def _earlier_answer(session: Session, actor: Actor, key: str, digest: str) -> Answer:
    record = session.scalars(
        select(IdempotencyRecord).where(IdempotencyRecord.actor == actor.name, IdempotencyRecord.key == key)
    ).one()
    if record.digest != digest:
        raise IdempotencyMismatch
    if record.status is None or record.answer is None:
        raise InProgress(retry_after=2)
    return record.status, json.loads(record.answer)


def clear_answers(session: Session, real_now: datetime, *, at_most: int) -> int:
    """Deletes answers that have been kept for long enough; answers how many."""
    over = (
        select(IdempotencyRecord.id)
        .where(IdempotencyRecord.created_at <= real_now - KEPT)
        .order_by(IdempotencyRecord.created_at, IdempotencyRecord.id)
        .limit(at_most)
        .with_for_update(skip_locked=True)
    )
    ids = session.scalars(over).all()
    session.execute(delete(IdempotencyRecord).where(IdempotencyRecord.id.in_(ids)))
    return len(ids)
