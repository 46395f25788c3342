"""Questions from customers: asked without a visit and without an account, and answered as they wish."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import make_response, redirect, render_template, request, session, url_for
from werkzeug import Response

from forms.enquiries import AnswerBy, QuestionForm
from scheduler.adapters.holidays import holiday_question
from scheduler.domain.enquiries import When, promises
from scheduler.domain.errors import DomainError, IdempotencyMismatch, NotFound
from scheduler.domain.intervals import Interval
from scheduler.queries.enquiries import enquiry as look_up
from scheduler.usecases import enquiries as usecases
from scheduler.usecases.idempotency import answered_once
from scheduler.usecases.staff import throttle
from scheduler.web.errors import explain, status_of
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.languages import language
from scheduler.web.permissions import public
from scheduler.web.public.blueprints import blueprint
from scheduler.web.public.times import today
from scheduler.web.public.visitors import deed_of, visitor
from scheduler.web.sessions import address

_ASKED = "asked"
#: Where the plan knows no open day, a call is promised within so long.
_SOME_DAYS = timedelta(days=2)


@blueprint.get("/frage")
@public
def ask() -> Response:
    form = QuestionForm(formdata=None)
    form.service.data, form.language.data = request.args.get("service", ""), language()
    return _page(form)


@blueprint.post("/frage")
@public
def send_question() -> Response:
    """Takes the question in; a button for another language shows the form again with all that was typed."""
    form = QuestionForm(request.form)
    if deed_of(form) == "back":
        return _page(form)
    form.language.data = language()
    try:
        session[_ASKED] = str(_ask_once(form))
    except DomainError as error:
        if isinstance(error, IdempotencyMismatch):
            form.renew_key()
        return _page(form, error)
    return redirect(url_for("public.question_sent"), 303)


@blueprint.get("/frage/gesendet")
@public
def question_sent() -> Response:
    """The reference, and how the answer comes."""
    try:
        with frame().database.reading() as database:
            found = look_up(database, UUID(str(session.get(_ASKED))))
    except (NotFound, ValueError):
        return redirect(url_for("public.start"), 303)
    return make_response(render_template("public/question_sent.html", enquiry=found))


def _ask_once(form: QuestionForm) -> UUID:
    """The id of the enquiry, the same however often the form is sent. Raises Invalid, TooManyRequests."""
    asked, actor, now = form.request(_promise(), today=today()), visitor(), office_now()
    with frame().database.transaction() as database:
        throttle(database, "public:enquiry", address=address(), real_now=frame().clock.real())

        def work() -> tuple[int, dict[str, Any]]:
            taken = usecases.take_in(database, asked, owner=None, actor=actor, now=now)
            return 201, {"id": str(taken.id)}

        content = f"question {asked.text} {asked.service} {asked.customer}"
        _status, answer = answered_once(
            database, actor=actor, key=form.sent_key(), request=content, work=work
        )
    return UUID(answer["id"])


def _promise() -> Interval:
    """Whoever wants a call has it by the end of the next open day."""
    office, now = current_office_plan().office, office_now()
    found = promises(office.week, current_office_plan().zone, holiday_question(office.holidays), now)
    return Interval(now, found[When.NEXT_DAY].end if When.NEXT_DAY in found else now + _SOME_DAYS)


def _page(form: QuestionForm, error: DomainError | None = None) -> Response:
    problems = explain(form, error)
    form.sent_key()
    page = render_template(
        "public/question.html",
        form=form,
        problems=problems,
        services=current_office_plan().services,
        ways=list(AnswerBy),
    )
    return make_response(page, 200 if error is None else status_of(error))
