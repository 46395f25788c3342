"""What the office says of itself: accessibility with a way to report barriers, privacy, imprint."""

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug import Response

from forms.statements import FeedbackForm
from scheduler.domain.statements import Page, blocks, text_for
from scheduler.queries.statements import texts_of
from scheduler.usecases.staff import throttle
from scheduler.usecases.statements import report
from scheduler.web.errors import explaining
from scheduler.web.frame import frame, office_now
from scheduler.web.languages import language
from scheduler.web.permissions import public
from scheduler.web.public.blueprints import blueprint
from scheduler.web.sessions import address

_ADDRESSES = {
    "barrierefreiheit": Page.ACCESSIBILITY,
    "datenschutz": Page.PRIVACY,
    "impressum": Page.IMPRINT,
}


@blueprint.get("/<any(barrierefreiheit,datenschutz,impressum):name>")
@public
def statement(name: str) -> str:
    return _page(_ADDRESSES[name], FeedbackForm(), [])


@blueprint.post("/barrierefreiheit")
@public
def report_barrier() -> Response:
    form = FeedbackForm(request.form)
    with explaining(form) as explained, frame().database.transaction() as session:
        throttle(session, "public:feedback", address=address(), real_now=frame().clock.real())
        report(session, *form.report(), language=language(), now=office_now())
    if explained.refusal is None:
        flash(_("Thank you. Your report has arrived."))
        return redirect(url_for("public.statement", name="barrierefreiheit"), 303)
    return make_response(_page(Page.ACCESSIBILITY, form, explained.problems), explained.status)


def _page(page: Page, form: FeedbackForm, problems: list[str]) -> str:
    with frame().database.reading() as session:
        found = text_for(texts_of(session, page), language())
    spoken, text = found or (language(), "")
    return render_template(
        f"public/statements/{page}.html", form=form, problems=problems, said=list(blocks(text)), spoken=spoken
    )
