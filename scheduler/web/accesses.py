"""Has noted who read whose data: a view says whose, and it is written down with the answer."""

from http import HTTPStatus

from flask import Flask, Response, g, request

from scheduler.adapters.metrics import MISSED_ACCESSES
from scheduler.domain.errors import DomainError
from scheduler.domain.roles import Actor
from scheduler.usecases.accesses import note_accesses
from scheduler.web.frame import clock_now, frame

_PATIENCE_S = 1.0


def shows(actor: Actor, *subjects: str) -> None:
    """Says that the answer shows data of these ("booking:…"), besides of those named before."""
    _, before = g.get("accesses", (actor, ()))
    if named := tuple(dict.fromkeys((*before, *subjects))):
        g.accesses = (actor, named)


def shows_nothing() -> None:
    """Says that the answer is another than the view had in mind, and shows nobody's data."""
    g.pop("accesses", None)


def keep_access_log(app: Flask) -> None:
    app.after_request(_note)


def _note(response: Response) -> Response:
    """Writes it down in a transaction of its own, for which the reader does not wait for long.

    A form shown once more with what is wrong shows as much as before; whoever is told that nothing changed
    has seen nothing new. Where the database takes nothing, as on a standby, people can still be served: what
    is missing is counted.
    """
    if "accesses" in g and response.status_code != HTTPStatus.NOT_MODIFIED:
        actor, subjects = g.accesses
        if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:  # the reader has waited long enough
            MISSED_ACCESSES.inc(len(subjects))
            return response
        try:
            with frame().database.brief_transaction(_PATIENCE_S) as session:
                note_accesses(session, actor, request.endpoint or "", subjects, now=clock_now())
        except DomainError:
            MISSED_ACCESSES.inc(len(subjects))
    return response
