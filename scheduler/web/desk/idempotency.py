"""Makes a form of the desk that is sent twice harmless."""

import json
from collections.abc import Callable
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from scheduler.usecases.idempotency import answered_once
from scheduler.web.frame import frame
from scheduler.web.permissions import current_actor


def sent_once(key: str, work: Callable[[Session], dict[str, Any]]) -> dict[str, Any]:
    """What `work` answers in its transaction, or what it answered when the same form was first sent."""
    content = json.dumps(request.form.to_dict() | {"csrf_token": ""}, sort_keys=True)
    with frame().database.transaction() as session:
        _status, answer = answered_once(
            session,
            actor=current_actor(),
            key=key,
            request=f"POST {request.path} {content}",
            work=lambda: (201, work(session)),
        )
    return answer
