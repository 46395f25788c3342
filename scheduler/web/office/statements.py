"""Where the office writes what it says of itself, and sees what people reported."""

from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug import Response

from forms.statements import StatementForm
from scheduler.adapters.languages import CUSTOMER_LANGUAGES
from scheduler.domain.errors import NotFound
from scheduler.domain.roles import Permission
from scheduler.domain.statements import Page
from scheduler.queries import statements as queries
from scheduler.usecases import statements as usecases
from scheduler.web.accesses import shows
from scheduler.web.errors import explaining
from scheduler.web.frame import frame, office_now
from scheduler.web.office.blueprints import blueprint
from scheduler.web.permissions import current_actor, requires


@blueprint.get("/statements")
@requires(Permission.EDIT_STATEMENTS)
def statements() -> str:
    with frame().database.reading() as session:
        written, reports = queries.statements(session), queries.reports(session)
    shows(current_actor(), *(f"feedback:{one.id}" for one in reports if one.contact))
    return render_template(
        "office/statements/statements.html", written=written, reports=reports, pages=list(Page)
    )


@blueprint.get("/statements/<page>/<tongue>")
@requires(Permission.EDIT_STATEMENTS)
def statement(page: str, tongue: str) -> str:
    asked = _known(page, tongue)
    with frame().database.reading() as session:
        found = queries.statements(session).get(asked)
    form = StatementForm()
    form.text.data = found.text if found else ""
    form.version.data = str(found.version if found else 0)
    return _page(asked, form, [])


@blueprint.post("/statements/<page>/<tongue>")
@requires(Permission.EDIT_STATEMENTS)
def write_statement(page: str, tongue: str) -> Response:
    asked, form = _known(page, tongue), StatementForm(request.form)
    with explaining(form) as explained, frame().database.transaction() as session:
        usecases.write_statement(
            session,
            *asked,
            form.statement(),
            seen=form.seen() or 0,
            actor=current_actor(),
            now=office_now(),
        )
    if explained.refusal is None:
        flash(_("The page is changed."))
        return redirect(url_for("office.statements"), 303)
    return make_response(_page(asked, form, explained.problems), explained.status)


@blueprint.post("/feedback/<uuid:report_id>/settle")
@requires(Permission.EDIT_STATEMENTS)
def settle_report(report_id: UUID) -> Response:
    with frame().database.transaction() as session:
        usecases.settle(session, report_id, actor=current_actor(), now=office_now())
    flash(_("The report is settled."))
    return redirect(url_for("office.statements"), 303)


def _known(page: str, tongue: str) -> tuple[Page, str]:
    """Raises NotFound for a page or a language that there is not."""
    if page not in list(Page) or tongue not in CUSTOMER_LANGUAGES:
        raise NotFound(what="statement", key=page[:40])
    return Page(page), tongue


def _page(asked: tuple[Page, str], form: StatementForm, problems: list[str]) -> str:
    page, tongue = asked
    return render_template(
        "office/statements/statement.html", page=page, tongue=tongue, form=form, problems=problems
    )
