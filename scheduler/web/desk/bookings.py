"""Bookings at the desk: made, looked at, found by their reference, and changed."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug import Response

from forms.bookings import (
    BookingForm,
    CancelForm,
    DeskForm,
    HandOverForm,
    MoveForm,
    NotifyingForm,
    ReasonForm,
    TakeBackForm,
    VisitForm,
)
from models.bookings import Booking
from models.caseworkers import Caseworker
from models.enquiries import Enquiry
from models.walk_ins import WalkIn
from scheduler.adapters.languages import LANGUAGE_NAMES
from scheduler.domain.bookings import TO_COME, BookingRequest, Change, Channel, Standing, possible_changes
from scheduler.domain.errors import (
    ChangedMeanwhile,
    DomainError,
    Forbidden,
    IdempotencyMismatch,
    NotFound,
    RouteFull,
    SlotTaken,
)
from scheduler.domain.instants import local_date
from scheduler.domain.notices import Notifying
from scheduler.domain.people import NAME_LENGTH
from scheduler.domain.queueing import is_call_number
from scheduler.domain.roles import BOOKERS, PERMISSION_FOR, Actor, Permission, may, may_book_as
from scheduler.domain.texts import SOURCE_LANGUAGE
from scheduler.queries import bookings as queries
from scheduler.queries.applications import by_reference as application_by_reference
from scheduler.queries.audit import records_of
from scheduler.queries.caseworkers import caseworkers, last_caseworker_of
from scheduler.queries.days import Answer, answers
from scheduler.queries.enquiries import by_reference as enquiry_by_reference
from scheduler.queries.enquiries import enquiry as look_up_enquiry
from scheduler.queries.events import event_of, signed_up
from scheduler.queries.notices import notices_of
from scheduler.queries.people import person
from scheduler.queries.queueing import numbered, walk_ins_called
from scheduler.usecases import bookings as usecases
from scheduler.usecases.corrections import take_back
from scheduler.usecases.enquiries import close_by_booking
from scheduler.usecases.participants import is_group
from scheduler.web import words
from scheduler.web.accesses import shows
from scheduler.web.desk import parking, people
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.desk.hints import hints_seen
from scheduler.web.desk.idempotency import sent_once
from scheduler.web.errors import explain, in_words, status_of
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.languages import said
from scheduler.web.logs import note_refusal
from scheduler.web.permissions import current_actor, requires

# ------------------------------------------------------------------------------------- asking for a visit


@blueprint.get("/bookings/new")
@requires(Permission.BOOK)
def new_booking() -> Response:
    form = BookingForm(request.args)
    form.starts_at.data = form.starts_at.data or request.args.get("at", "")
    form.booked_by.data = form.booked_by.data or current_actor().role.value
    form.language.data = form.language.data or SOURCE_LANGUAGE
    form.renew_key()
    _take_over(form, request.args.get("person", ""))
    if (asked := _enquiry_of(form)) is not None:
        form.take_over_enquiry(
            asked.person.customer if asked.person else None, asked.service_key, asked.phone
        )
    return _booking_page(form)


@blueprint.post("/bookings/new")
@requires(Permission.BOOK)
def book() -> Response:
    form = BookingForm(request.form)
    key = form.sent_key()
    _take_over(form, request.form.get("choose", ""))
    if _only_looks_again(form):
        return _booking_page(form)
    plan = current_office_plan()
    try:
        asked = form.request(plan.zone, today=local_date(office_now(), plan.zone))
        booking_id = _book_once(asked, key, form.enquiry_id())
    except DomainError as error:
        if isinstance(error, IdempotencyMismatch):
            form.renew_key()
        return _booking_page(form, error)
    return redirect(url_for("desk.booking", booking_id=booking_id), 303)


def _take_over(form: BookingForm, person_id: str) -> None:
    """Fills in the person who was chosen, if any was; noted as read."""
    if not person_id:
        return
    with frame().database.reading() as session:
        known = person(session, _id(person_id))
        own = last_caseworker_of(session, known.person)
    shows(current_actor(), f"person:{known.person.id}")
    form.take_over(known.person.customer)
    form.caseworker.data = form.caseworker.data or (str(own) if own is not None else "")


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound(what="person", key=text[:40]) from None


def _book_once(asked: BookingRequest, key: str, enquiry_id: UUID | None) -> str:
    """The id of the booking, the same however often the form is sent; it closes the enquiry it answers."""
    actor, now = current_actor(), office_now()

    def work(session: Session) -> dict[str, Any]:
        made = usecases.book(session, asked, actor=actor, now=now)
        if enquiry_id is not None:
            close_by_booking(session, enquiry_id, made, actor=actor, now=now)
        return {"id": str(made.id)}

    return str(sent_once(key, work)["id"])


def _enquiry_of(form: BookingForm) -> Enquiry | None:
    """The enquiry that the visit is to answer, noted as read. Raises NotFound."""
    enquiry_id = form.enquiry_id()
    if enquiry_id is None:
        return None
    with frame().database.reading() as session:
        found = look_up_enquiry(session, enquiry_id)
    shows(current_actor(), f"enquiry:{enquiry_id}")
    return found


def _only_looks_again(form: VisitForm) -> bool:
    """Whether the reader asks what holds for the entries, and does not book or move yet.

    Whoever takes one of the times that are free near by has it with that one press.
    """
    if taken := request.form.get("take"):
        form.starts_at.data, _bar, form.resource.data = taken.partition("|")
    return "choose" in request.form or request.form.get("do") in ("check", "find")


def _booking_page(form: BookingForm, error: DomainError | None = None) -> Response:
    offers = _offers(form)
    finds = request.form.get("do") == "find"
    can_be = [offer for offer in offers if offer.error is None]
    if len(can_be) == 1 and not form.service.data:
        form.service.data = can_be[0].service.key
    return _form_page(
        "desk/bookings/new.html",
        form,
        error,
        offers=offers,
        known=people.found(str(form.who.data or ""), at_most=people.SUGGESTIONS) if finds else None,
        taken_over="choose" in request.form or "person" in request.args,
        enquiry=_enquiry_of(form),
        at=_when(form),
        place=current_office_plan().resources_by_key.get(str(form.resource.data or "")),
        caseworkers=known_caseworkers(),
        bookers=[role for role in BOOKERS if may_book_as(current_actor().role, role)],
        language_names=LANGUAGE_NAMES,
    )


def known_caseworkers() -> Sequence[Caseworker]:
    with frame().database.reading() as session:
        return caseworkers(session)


def _when(form: BookingForm) -> datetime | None:
    try:
        return form.when(current_office_plan().zone)
    except DomainError:
        return None


def _offers(form: BookingForm) -> list[Answer]:
    """What each concern could have at the time and place of the form; without a time nobody knows yet."""
    plan, now = current_office_plan(), office_now()
    try:
        at, booked_by = form.when(plan.zone), form.booker()
    except DomainError:
        return [Answer(service, None, None) for service in plan.services]
    resource = plan.resources_by_key.get(str(form.resource.data or ""))
    with frame().database.reading() as session:
        return answers(
            session,
            plan,
            at,
            resource,
            booked_by=booked_by,
            now=now,
            needs=form.needs(),
            holder=current_actor().name,
        )


def _form_page(template: str, form: DeskForm, error: DomainError | None, **more: Any) -> Response:
    """The form as typed, with what is wrong beside its fields and the status that goes with it."""
    plan = current_office_plan()
    problems = explain(form, error, _sentence)
    alternatives = error.details.get("alternatives", []) if isinstance(error, SlotTaken | RouteFull) else []
    page = render_template(
        template,
        form=form,
        problems=problems,
        alternatives=alternatives,
        categories=words.categories(),
        places=plan.resources,
        sites=plan.sites_by_key,
        at_local=words.at_local,
        **more,
    )
    return make_response(page, 200 if error is None else status_of(error))


def _sentence(error: DomainError) -> str:
    if isinstance(error, IdempotencyMismatch):  # the desk knows no keys
        return _(
            "These entries were sent before and changed since. Check whether the visit is booked already; "
            "if not, send them once more."
        )
    return in_words(error)


# ------------------------------------------------------------------------------------- looking at one


@blueprint.get("/bookings/<uuid:booking_id>")
@requires(Permission.READ_BOOKINGS)
def booking(booking_id: UUID) -> str:
    plan, now, actor = current_office_plan(), office_now(), current_actor()
    with frame().database.reading() as session:
        found = queries.booking(session, booking_id)
        told = notices_of(session, booking_id)
        history = records_of(session, f"booking:{booking_id}")
        known = caseworkers(session, with_retired=True)
        event_id = event_of(session, found.id) if is_group(plan, found) else None
    hints = hints_seen([found]).get(found.person_id, [])
    shows(actor, f"booking:{booking_id}")
    possible = possible_changes(
        found.status, starts_at=found.starts_at, now=now, zone=plan.zone, moved_by=found.moved_by
    )
    if event_id not in (None, found.id):
        possible -= {Change.MOVE}  # a seat goes where the event goes
    return render_template(
        "desk/bookings/booking.html",
        booking=found,
        event_id=event_id,
        told=told,
        history=history,
        hints=hints,
        changes=[change for change in Change if change in possible and _may_change(actor, change)],
        place=plan.resources_by_key.get(found.resource.key),
        caseworkers=[one for one in known if one.retired_at is None],
        hand_over=HandOverForm(formdata=None, caseworker=str(found.caseworker_id or "")),
        own=next((one for one in known if one.id == found.caseworker_id), None),
        route=_route_of(found),
    )


@blueprint.get("/bookings")
@requires(Permission.READ_BOOKINGS)
def find_booking() -> Response:
    """Where the search box leads: to what has this reference or today's number, or to those meant."""
    text = request.args.get("reference", "")[:NAME_LENGTH].strip()
    today = local_date(office_now(), current_office_plan().zone)
    attends = may(current_actor().role, Permission.ADMIT)
    with frame().database.reading() as session:
        if (
            attends
            and is_call_number(text)
            and (one := numbered(session, int(text), today=today)) is not None
        ):
            return redirect(_address_of(one), 303)
        try:
            found = queries.by_reference(session, text)
        except NotFound:
            if (other := _other_named(session, text)) is not None:
                return redirect(other, 303)
            came = walk_ins_called(session, text, today=today) if attends else []
        else:
            return redirect(_address_of(found), 303)
    return _find_person(text, came)


def _other_named(session: Session, text: str) -> str | None:
    """The page of the enquiry or application that has this reference."""
    role = current_actor().role
    if may(role, Permission.SEE_TO_ENQUIRIES):
        with suppress(NotFound):
            return url_for("desk.enquiry", enquiry_id=enquiry_by_reference(session, text).id)
    if may(role, Permission.FILE_APPLICATIONS):
        with suppress(NotFound):
            found = application_by_reference(session, text)
            return url_for("desk.application", application_id=found.id)
    return None


def _address_of(one: Booking | WalkIn) -> str:
    if isinstance(one, Booking):
        return url_for("desk.booking", booking_id=one.id)
    return url_for("desk.walk_in", walk_in_id=one.id)


def _find_person(text: str, came: Sequence[WalkIn]) -> Response:
    known = people.found(text, at_most=people.FINDS)
    shows(current_actor(), *(f"walk_in:{one.id}" for one in came))
    if not known.found and not came:
        return make_response(render_template("desk/bookings/not_found.html", text=text), 404)
    if len(known.found) == 1 and not came:
        return redirect(url_for("desk.person", person_id=known.found[0].person.id), 303)
    return make_response(render_template("desk/people/people.html", known=known, came=came, text=text))


def _route_of(found: Booking) -> Any:
    plan = current_office_plan()
    place = plan.resources_by_key.get(found.resource.key)
    return plan.routes_by_key.get(place.route) if place is not None and place.route is not None else None


# ------------------------------------------------------------------------------------- changing one


@dataclass(frozen=True, slots=True)
class _Deed:
    """How one change is done: the form it needs first, if any, and the use case."""

    form: type[DeskForm] | None
    do: Callable[[Session, UUID, Any, Actor, Any], Booking]


def _simple(usecase: Callable[..., Booking]) -> Callable[[Session, UUID, Any, Actor, Any], Booking]:
    return lambda session, booking_id, form, actor, now: usecase(session, booking_id, actor=actor, now=now)


def _move(session: Session, booking_id: UUID, form: MoveForm, actor: Actor, now: Any) -> Booking:
    asked, notifying = form.request(current_office_plan().zone), form.when_to_tell()
    return usecases.move(session, booking_id, asked, actor=actor, now=now, notifying=notifying)


def _cancel(session: Session, booking_id: UUID, form: CancelForm, actor: Actor, now: Any) -> Booking:
    reason = str(form.reason.data or "").replace("\r\n", "\n") or None
    return usecases.cancel(
        session,
        booking_id,
        by=form.party(),
        reason=reason,
        actor=actor,
        now=now,
        notifying=form.when_to_tell(),
    )


def _with_reason(usecase: Callable[..., Booking]) -> Callable[[Session, UUID, Any, Actor, Any], Booking]:
    return lambda session, booking_id, form, actor, now: usecase(
        session, booking_id, reason=form.why(), actor=actor, now=now
    )


_DEEDS: Mapping[Change, _Deed] = {
    Change.APPROVE: _Deed(None, _simple(usecases.approve)),
    Change.DECLINE: _Deed(ReasonForm, _with_reason(usecases.decline)),
    Change.MOVE: _Deed(MoveForm, _move),
    Change.CANCEL: _Deed(CancelForm, _cancel),
    Change.CHECK_IN: _Deed(None, _simple(usecases.check_in)),
    Change.CALL: _Deed(None, _simple(usecases.call)),
    Change.SERVE: _Deed(None, _simple(usecases.serve)),
    Change.FINISH: _Deed(None, _simple(usecases.finish)),
    Change.NO_SHOW: _Deed(ReasonForm, _with_reason(usecases.no_show)),
}


@blueprint.get("/bookings/<uuid:booking_id>/<any(move,cancel,decline,'no-show'):change>")
@requires(Permission.CHANGE_BOOKINGS)
def ask_about_change(booking_id: UUID, change: str) -> Response:
    """The form of a change that needs more than a click."""
    _check_may(Change(change))
    form_class = _DEEDS[Change(change)].form or DeskForm
    form = form_class(request.args)
    return _change_page(booking_id, Change(change), form)


@blueprint.post(
    "/bookings/<uuid:booking_id>/"
    "<any(approve,decline,move,cancel,'check-in',call,serve,finish,'no-show'):change>"
)
@requires(Permission.CHANGE_BOOKINGS)
def change_booking(booking_id: UUID, change: str) -> Response:
    deed, actor = _DEEDS[Change(change)], _check_may(Change(change))
    page = url_for("desk.booking", booking_id=booking_id)
    form = (deed.form or DeskForm)(request.form)
    if isinstance(form, VisitForm) and _only_looks_again(form):
        return _change_page(booking_id, Change(change), form)
    try:
        with frame().database.transaction() as session:
            if isinstance(form, MoveForm) and _stands_there(queries.booking(session, booking_id), form):
                return redirect(form.target(page), 303)
            if (seen := form.seen()) is not None:
                usecases.check_unchanged(session, booking_id, seen=seen)
            changed = deed.do(session, booking_id, form, actor, office_now())
    except DomainError as error:
        if isinstance(error, NotFound) or (deed.form is None and not isinstance(error, ChangedMeanwhile)):
            raise
        return _change_page(booking_id, Change(change), form, error)
    parking.forget(booking_id)
    told = form.when_to_tell() if isinstance(form, NotifyingForm) else Notifying.NOW
    flash(words.done(Change(change), changed, told), words.undo_of(changed, Change(change)))
    return redirect(form.target(page), 303)


@blueprint.post("/bookings/<uuid:booking_id>/undo")
@requires(Permission.CHANGE_BOOKINGS)
def undo_change(booking_id: UUID) -> Response:
    """Undo: takes the change back that the reader has just made, or says why that cannot be."""
    form, actor, plan = TakeBackForm(request.form), current_actor(), current_office_plan()
    where = form.target(url_for("desk.booking", booking_id=booking_id))
    try:
        with frame().database.transaction() as session:
            found, mistake = queries.booking(session, booking_id), form.mistake_made()
            _check_may(mistake)
            if (seen := form.seen()) is not None:
                usecases.check_unchanged(session, booking_id, seen=seen)
            found = take_back(session, booking_id, mistake=mistake, actor=actor, now=office_now())
    except (Forbidden, NotFound):
        raise
    except DomainError as error:
        note_refusal(error.code)
        flash(_("This was not taken back. %(why)s", why=in_words(error)), "problem")
        return redirect(where, 303)
    flash(words.taken_back(found, plan.zone))
    return redirect(where, 303)


def _stands_there(found: Booking, form: MoveForm) -> bool:
    """Whether the move would change nothing, as when it is sent twice; nobody is told of that again."""
    asked = form.request(current_office_plan().zone)
    return (
        found.status in TO_COME
        and found.standing is Standing.VALID
        and found.channel is Channel.IN_PERSON
        and asked.justification is None
        and asked.starts_at == found.starts_at
        and asked.resource in (None, found.resource.key)
    )


def _check_may(change: Change) -> Actor:
    actor = current_actor()
    if not _may_change(actor, change):
        raise Forbidden(permission=PERMISSION_FOR[change])
    return actor


#: What, done to a group event, happens to everybody who has signed up for it.
_OF_ALL = (Change.MOVE, Change.CANCEL)


def _may_change(actor: Actor, change: Change) -> bool:
    return may(actor.role, PERMISSION_FOR[change])


def _change_page(
    booking_id: UUID, change: Change, form: DeskForm, error: DomainError | None = None
) -> Response:
    with frame().database.reading() as session:
        found = queries.booking(session, booking_id)
        hosts = change in _OF_ALL and is_group(current_office_plan(), found)
        told_too = len(signed_up(session, booking_id)) if hosts else 0
    if isinstance(form, MoveForm) and not form.starts_at.data:
        form.starts_at.data, form.resource.data = words.at_local(found.starts_at), found.resource.key
    form.version.data = form.version.data or str(found.version)
    changes = []
    if isinstance(error, ChangedMeanwhile):
        # What was typed can be sent once more on purpose, by whoever has read what happened.
        form.version.data, changes = str(error.details["version"]), error.details["changes"]
    shows(current_actor(), f"booking:{booking_id}")
    template = f"desk/bookings/{change if _DEEDS[change].form else 'anyway'}.html"
    return _form_page(
        template,
        form,
        error,
        booking=found,
        service=said(found.service.name),
        changes=changes,
        change=change,
        told_too=told_too,
    )
