"""Short contacts: one key or button each, only counted."""

from uuid import UUID

from flask import request
from sqlalchemy.orm import Session
from werkzeug import Response

from forms.walk_ins import DoorForm
from scheduler.domain.contacts import ContactKind
from scheduler.domain.errors import invalid
from scheduler.domain.roles import Permission
from scheduler.usecases import contacts as usecases
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.desk.idempotency import sent_once
from scheduler.web.desk.queueing import to_where_the_form_stood
from scheduler.web.frame import frame, office_now
from scheduler.web.permissions import current_actor, requires


@blueprint.post("/contacts")
@requires(Permission.ADMIT)
def count_contact() -> Response:
    form = DoorForm(request.form)
    kind, actor, now = request.form.get("kind", ""), current_actor(), office_now()
    if kind not in list(ContactKind):
        raise invalid("kind", "unknown", value=kind[:40])

    def work(session: Session) -> dict[str, str]:
        found = usecases.count(session, ContactKind(kind), site=form.where(), actor=actor, now=now)
        return {"id": str(found.id)}

    sent_once(form.sent_key(), work)
    return to_where_the_form_stood()


@blueprint.post("/contacts/<uuid:contact_id>/take-back")
@requires(Permission.ADMIT)
def take_back_contact(contact_id: UUID) -> Response:
    with frame().database.transaction() as session:
        usecases.take_back(session, contact_id, actor=current_actor(), now=office_now())
    return to_where_the_form_stood()
