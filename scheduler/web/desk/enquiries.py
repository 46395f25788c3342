"""Enquiries at the desk: taken down, the open list, and what is done with one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug import Response

from forms.enquiries import EnquiryForm, StepForm
from models.enquiries import EnquiryStep
from scheduler.adapters.holidays import holiday_question
from scheduler.domain.bookings import TAKING_BACK
from scheduler.domain.enquiries import (
    EnquiryChange,
    EnquiryRequest,
    Medium,
    Step,
    When,
    possible_changes,
    promises,
)
from scheduler.domain.errors import DomainError, NotFound
from scheduler.domain.instants import local_date
from scheduler.domain.intervals import Interval
from scheduler.domain.roles import Permission
from scheduler.queries import enquiries as queries
from scheduler.queries.people import person
from scheduler.usecases import enquiries as usecases
from scheduler.web.accesses import shows
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.desk.idempotency import sent_once
from scheduler.web.errors import explain, explaining, status_of
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.languages import said
from scheduler.web.permissions import current_actor, requires
from scheduler.web.words import word

_LATER = "later"

# ------------------------------------------------------------------------------------- the open list


@blueprint.get("/enquiries")
@requires(Permission.SEE_TO_ENQUIRIES)
def enquiries() -> str:
    """All that are open or, with `of=me`, one's own and nobody's."""
    actor, mine = current_actor(), request.args.get("of") == "me"
    with frame().database.reading() as session:
        found = queries.open_enquiries(session, owner=actor.name if mine else None)
        closed = queries.closed_lately(session)
        lost = queries.not_arrived(session)
    shows(actor, *(f"enquiry:{one.id}" for one in (*found.enquiries, *closed, *lost)))
    return render_template(
        "desk/enquiries/enquiries.html", found=found, closed=closed, lost=lost, mine=mine, now=office_now()
    )


# ------------------------------------------------------------------------------------- taking one down


@blueprint.get("/enquiries/new")
@requires(Permission.SEE_TO_ENQUIRIES)
def new_enquiry() -> str:
    form = EnquiryForm(request.args)
    form.medium.data = form.medium.data or Medium.PHONE.value
    _take_over(form, request.args.get("person", ""))
    return _new_page(form, [])


@blueprint.post("/enquiries/new")
@requires(Permission.SEE_TO_ENQUIRIES)
def take_enquiry() -> Response:
    """Keeps it for later, notes it as settled at once, or goes on to a visit with all that was typed."""
    form, deed = EnquiryForm(request.form), request.form.get("do", _LATER)
    with explaining(form) as explained:
        asked = _request(form)
        answer = sent_once(form.sent_key(), lambda session: _taken(session, asked, deed))
    if explained.refusal is not None:
        return make_response(_new_page(form, explained.problems), explained.status)
    if deed == "book":
        return redirect(url_for("desk.new_booking", enquiry=answer["id"]), 303)
    if deed == "settle":
        flash(_("Enquiry %(reference)s is noted as settled.", reference=answer["reference"]))
    else:
        flash(_("Enquiry %(reference)s is on the list.", reference=answer["reference"]))
    return redirect(url_for("desk.enquiries"), 303)


def _request(form: EnquiryForm) -> EnquiryRequest:
    plan, now = current_office_plan(), office_now()
    return form.request(_promises(), plan.zone, now, today=local_date(now, plan.zone))


def _taken(session: Session, asked: EnquiryRequest, deed: str) -> dict[str, Any]:
    actor, now = current_actor(), office_now()
    taken = usecases.take_in(session, asked, owner=actor.name, actor=actor, now=now)
    if deed == "settle":
        usecases.see_to(session, taken.id, Step(EnquiryChange.ANSWER), actor=actor, now=now)
    return {"id": str(taken.id), "reference": taken.reference}


def _take_over(form: EnquiryForm, person_id: str) -> None:
    """Fills in somebody who is known, noted as read."""
    if not person_id:
        return
    try:
        wanted = UUID(person_id)
    except ValueError:
        raise NotFound(what="person", key=person_id[:40]) from None
    with frame().database.reading() as session:
        known = person(session, wanted).person
    shows(current_actor(), f"person:{known.id}")
    form.take_over(known.customer)


def _new_page(form: EnquiryForm, problems: list[str]) -> str:
    form.sent_key()
    return render_template(
        "desk/enquiries/new.html",
        form=form,
        problems=problems,
        media=list(Medium),
        services=_services(),
        whens=_whens(),
    )


def _services() -> list[tuple[str, str]]:
    named = [(one.key, said(one.name)) for one in current_office_plan().services]
    return [("", _("not known yet")), *named]


def _promises() -> Mapping[When, Interval]:
    office, zone = current_office_plan().office, current_office_plan().zone
    return promises(office.week, zone, holiday_question(office.holidays), office_now())


def _whens() -> list[tuple[str, str]]:
    return [
        ("", _("no call is promised")),
        *((when.value, word(when, "when")) for when in _promises()),
        ("own", _("by a time of its own")),
    ]


# ------------------------------------------------------------------------------------- seeing to one


@blueprint.get("/enquiries/<uuid:enquiry_id>")
@requires(Permission.SEE_TO_ENQUIRIES)
def enquiry(enquiry_id: UUID) -> str:
    form = StepForm()
    form.by_mail.data = True  # whoever gave an address wishes to hear by it
    return _page(enquiry_id, form, [])


@blueprint.post("/enquiries/<uuid:enquiry_id>/<any(take,forward,promise,miss,answer,drop,reopen):step>")
@requires(Permission.SEE_TO_ENQUIRIES)
def see_to_enquiry(enquiry_id: UUID, step: str) -> Response:
    form, change, now = StepForm(request.form), EnquiryChange(step), office_now()
    try:
        deed = form.deed(change, _promises(), current_office_plan().zone, now)
        with frame().database.transaction() as session:
            usecases.see_to(session, enquiry_id, deed, actor=current_actor(), now=now)
    except NotFound:
        raise
    except DomainError as error:
        problems = explain(form, error)
        return make_response(_page(enquiry_id, form, problems), status_of(error))
    flash(_("Noted: %(what)s.", what=word(change, "enquiry_step")))
    return redirect(url_for("desk.enquiry", enquiry_id=enquiry_id), 303)


@blueprint.post("/enquiries/<uuid:enquiry_id>/take-back")
@requires(Permission.SEE_TO_ENQUIRIES)
def take_back_enquiry(enquiry_id: UUID) -> Response:
    with frame().database.transaction() as session:
        usecases.take_back(session, enquiry_id, actor=current_actor(), now=office_now())
    flash(_("Taken back."))
    return redirect(url_for("desk.enquiry", enquiry_id=enquiry_id), 303)


def _page(enquiry_id: UUID, form: StepForm, problems: list[str]) -> str:
    """The enquiry with what can be done; one page for all steps, so that nothing typed is lost."""
    now = office_now()
    with frame().database.reading() as session:
        found = queries.enquiry(session, enquiry_id)
        steps = queries.steps_of(session, enquiry_id)
        mails = queries.mails_of(session, enquiry_id)
    shows(current_actor(), f"enquiry:{enquiry_id}")
    form.version.data = str(found.version)
    return render_template(
        "desk/enquiries/enquiry.html",
        enquiry=found,
        steps=steps,
        mails=mails,
        application_key=str(uuid4()),
        possible=possible_changes(found.status),
        mistake=_mistake(steps, now),
        form=form,
        problems=problems,
        whens=_whens()[1:],
        now=now,
    )


def _mistake(steps: Sequence[EnquiryStep], now: datetime) -> EnquiryStep | None:
    """The last step, where the reader may take it back."""
    last = next((step for step in reversed(steps) if step.taken_back_at is None), None)
    if last is None or last.change is EnquiryChange.BOOK or last.done_by != current_actor().name:
        return None
    # What was done after a step that was taken back has been said by it.
    is_latest = last is steps[-1]
    return last if is_latest and now - last.done_at <= TAKING_BACK else None
