"""Searches of the records by employee: filed by auditors, granted by a second person, each look recorded."""

from uuid import UUID

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug import Response as AnyResponse

from forms.audit_searches import LookForm, SearchForm
from scheduler.domain.audit_searches import OPEN_FOR, SearchState
from scheduler.domain.roles import Permission
from scheduler.queries.audit_searches import searches
from scheduler.queries.staff import all_accounts
from scheduler.usecases import audit_searches as usecases
from scheduler.usecases.idempotency import Answer, answered_once
from scheduler.web.errors import explaining
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.office.blueprints import blueprint
from scheduler.web.permissions import current_actor, requires


@blueprint.get("/audit/searches")
@requires(Permission.GRANT_SEARCHES)
def audit_searches() -> Response:
    return _page(SearchForm(formdata=None))


@blueprint.post("/audit/searches")
@requires(Permission.SEARCH_STAFF)
def file_search() -> AnyResponse:
    form = SearchForm(request.form)
    with explaining(form) as explained, frame().database.transaction() as session:
        _file_once(session, form)
    if explained.refusal is not None:
        return _page(form, explained.problems, explained.status)
    flash(_("The search is filed. It shows nothing until a second person grants it."))
    return redirect(url_for("office.audit_searches"), 303)


@blueprint.post("/audit/searches/<uuid:search_id>/decide")
@requires(Permission.GRANT_SEARCHES)
def decide_search(search_id: UUID) -> AnyResponse:
    decision, actor, now = request.form.get("decision", ""), current_actor(), office_now()
    with frame().database.transaction() as session:
        usecases.decide(session, search_id, decision, actor=actor, now=now)
    flash(_("Your decision is recorded. Whoever filed the search finds it on this page."))
    return redirect(url_for("office.audit_searches"), 303)


@blueprint.post("/audit/searches/<uuid:search_id>/look")
@requires(Permission.SEARCH_STAFF)
def look_at_search(search_id: UUID) -> str:
    """By POST, since every look writes a record of itself."""
    before, actor, now = LookForm(request.form).position(), current_actor(), office_now()
    zone = current_office_plan().zone
    with frame().database.transaction() as session:
        search, page = usecases.look(session, search_id, before=before, zone=zone, actor=actor, now=now)
    return render_template("office/audit_searches/found.html", search=search, page=page)


def _file_once(session: Session, form: SearchForm) -> None:
    """A form that is sent twice files one search. Raises Invalid."""
    asked, actor, now, zone = form.asked(), current_actor(), office_now(), current_office_plan().zone

    def work() -> Answer:
        filed = usecases.file_search(session, asked, zone=zone, actor=actor, now=now)
        return 201, {"id": str(filed.id)}

    answered_once(session, actor=actor, key=form.sent_key(), request=f"search {asked!r}", work=work)


def _page(form: SearchForm, problems: list[str] | None = None, status: int = 200) -> Response:
    with frame().database.reading() as session:
        found, accounts = searches(session), all_accounts(session)
    form.sent_key()
    now = office_now()
    page = render_template(
        "office/audit_searches/searches.html",
        form=form,
        problems=problems or [],
        logins=[("", ""), *((account.login, account.login) for account in accounts)],
        found={state: [one for one in found if one.state(now) is state] for state in SearchState},
        me=current_actor().name,
        open_for=OPEN_FOR,
    )
    return make_response(page, status)
