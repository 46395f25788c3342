"""What an open booking form holds, so that colleagues see it; the form works without."""

from flask import request
from flask_babel import gettext as _
from flask_babel import ngettext

from forms.bookings import BookingForm
from scheduler.domain.holds import HoldRequest
from scheduler.domain.roles import Permission
from scheduler.usecases import holds as usecases
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.permissions import current_actor, requires

#: A hold is not worth waiting for.
_PATIENCE_S = 1.0


@blueprint.post("/holds")
@requires(Permission.BOOK)
def hold() -> str:
    """Holds what the form asks for; answers with what the reader is told, nothing where holds are off."""
    form, length = BookingForm(request.form), frame().config.hold_for
    asked = HoldRequest(
        form.sent_key(),
        form.when(current_office_plan().zone),
        str(form.resource.data or ""),
        form.booker(),
        str(form.service.data or "") or None,
    )
    if not length:
        return ""
    with frame().database.brief_transaction(_PATIENCE_S) as session:
        held = usecases.hold(session, asked, length=length, actor=current_actor(), now=office_now())
    if not held:
        return _("Nothing is held for you here: somebody else was first, or nothing can be booked.")
    minutes = int(length.total_seconds() // 60)
    return ngettext("Held for you for %(num)s minute.", "Held for you for %(num)s minutes.", minutes)


@blueprint.post("/holds/let-go")
@requires(Permission.BOOK)
def let_go() -> tuple[str, int]:
    with frame().database.transaction() as session:
        usecases.let_go(session, BookingForm(request.form).sent_key(), actor=current_actor())
    return "", 204
