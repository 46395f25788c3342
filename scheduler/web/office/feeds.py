"""Where managers give out calendar feeds, and take them back."""

from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug import Response

from forms.feeds import FeedForm
from scheduler.domain.roles import Permission
from scheduler.queries.caseworkers import caseworkers
from scheduler.queries.feeds import feeds as given_out
from scheduler.usecases import feeds as usecases
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.languages import said
from scheduler.web.office.blueprints import blueprint
from scheduler.web.permissions import current_actor, requires


@blueprint.get("/feeds")
@requires(Permission.MANAGE_FEEDS)
def feeds() -> str:
    return _page()


@blueprint.post("/feeds")
@requires(Permission.MANAGE_FEEDS)
def add_feed() -> Response:
    """Shows the new address on the answer itself, and never again: no address of a page may hold it."""
    form = FeedForm(request.form)
    with frame().database.transaction() as session:
        token = usecases.add_feed(
            session,
            form.place(),
            caseworker_id=form.caseworker(),
            actor=current_actor(),
            now=office_now(),
        )
    address = f"{frame().config.base_url}{url_for('feeds.feed', secret=token)}"
    response = make_response(_page(address))
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/feeds/<uuid:feed_id>/revoke")
@requires(Permission.MANAGE_FEEDS)
def revoke_feed(feed_id: UUID) -> Response:
    with frame().database.transaction() as session:
        usecases.revoke_feed(session, feed_id, actor=current_actor(), now=office_now())
    flash(_("The calendar is taken back. Programs find nothing there any more."))
    return redirect(url_for("office.feeds"), 303)


def _page(address: str | None = None) -> str:
    with frame().database.reading() as session:
        found = given_out(session)
        known = caseworkers(session)
    places = [(one.key, said(one.name)) for one in current_office_plan().resources]
    return render_template(
        "office/feeds/feeds.html", found=found, address=address, places=places, known=known
    )
