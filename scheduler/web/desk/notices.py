"""People still to be told, and the mails of the office with what became of them."""

from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug import Response as AnyResponse

from scheduler.adapters.languages import LANGUAGES
from scheduler.adapters.letters import text
from scheduler.adapters.notices import Notice
from scheduler.domain.errors import NotFound
from scheduler.domain.notices import NoticeKind, comes_in_time
from scheduler.domain.roles import Permission
from scheduler.domain.texts import SOURCE_LANGUAGE
from scheduler.queries import notices as queries
from scheduler.queries.interruptions import current, hits
from scheduler.usecases import outbox
from scheduler.usecases.notices import in_language, measure_in_language
from scheduler.web.accesses import shows
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.permissions import current_actor, requires


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as it was sent, taken apart for looking at."""

    subject: str
    sender: str
    recipient: str
    date: str
    text: str
    calendar: str | None


@blueprint.get("/to-be-told")
@requires(Permission.VIEW_NOTICES)
def to_be_told() -> str:
    plan, now = current_office_plan(), office_now()
    with frame().database.reading() as session:
        page = queries.to_be_told(session, now=now, after=request.args.get("after") or None)
        too_late = queries.too_late(session, now=now)
        ticked = queries.ticked_off(session)
        measures = queries.measures_to_be_told(session, now=now)
        measures_ticked = queries.measures_ticked_off(session)
        undecided = hits(session, plan, current(session, now=now), now=now)
    _shows(*page.tellings, *too_late, *ticked)
    shows(current_actor(), *(f"booking:{hit.booking.id}" for hit in undecided))
    shows(current_actor(), *sorted({f"participant:{one.person.id}" for one in (*measures, *measures_ticked)}))
    texts = {one.row.id: _texts(one) for one in page.tellings}
    post = plan.office.post
    too_late_to_post = {
        one.row.id for one in page.tellings if not comes_in_time(one.booking.starts_at, now=now, post=post)
    }
    return render_template(
        "desk/notices/to_be_told.html",
        page=page,
        too_late_to_post=too_late_to_post,
        too_late=too_late,
        ticked=ticked,
        texts=texts,
        undecided=undecided,
        measures=measures,
        measures_ticked=measures_ticked,
        measure_texts={one.row.id: _measure_texts(one) for one in measures},
    )


def _texts(telling: queries.Telling) -> list[tuple[str, str, str]]:
    """Language, subject and words; German first where nobody at the desk need understand the person's own."""
    plan, own = current_office_plan(), Notice.from_values(telling.row.values).written_in
    spoken = [own] if own in LANGUAGES else [SOURCE_LANGUAGE, own]
    return [(one, *text(in_language(plan, telling.row, telling.booking, one))) for one in spoken]


def _measure_texts(telling: queries.MeasureTelling) -> list[tuple[str, str, str]]:
    plan, own = current_office_plan(), Notice.from_values(telling.row.values).written_in
    spoken = [own] if own in LANGUAGES else [SOURCE_LANGUAGE, own]
    return [
        (one, *text(measure_in_language(plan, telling.row, telling.person.measure, one))) for one in spoken
    ]


@blueprint.post("/to-be-told/<int(max=2147483647):row_id>/tick-off")
@requires(Permission.TICK_OFF_NOTICES)
def tick_off(row_id: int) -> AnyResponse:
    with frame().database.transaction() as session:
        outbox.tick_off(session, row_id, actor=current_actor(), now=office_now())
    flash(_("Ticked off. You can take it back below."))
    return redirect(url_for("desk.to_be_told"), 303)


@blueprint.post("/to-be-told/<int(max=2147483647):row_id>/untick")
@requires(Permission.TICK_OFF_NOTICES)
def untick(row_id: int) -> AnyResponse:
    with frame().database.transaction() as session:
        outbox.untick(session, row_id, actor=current_actor(), now=office_now())
    flash(_("The tick was taken back; the person is still to be told."))
    return redirect(url_for("desk.to_be_told"), 303)


@blueprint.post("/to-be-told/<int(max=2147483647):row_id>/release")
@requires(Permission.TICK_OFF_NOTICES)
def release_notice(row_id: int) -> AnyResponse:
    with frame().database.transaction() as session:
        row = outbox.release(session, row_id, actor=current_actor(), now=office_now())
    flash(_("The mail leaves within a minute.") if row.kind is NoticeKind.EMAIL else _("To be told now."))
    return redirect(url_for("desk.to_be_told"), 303)


@blueprint.get("/notices")
@requires(Permission.VIEW_NOTICES)
def notices() -> str:
    with frame().database.reading() as session:
        page = queries.mails(session, after=request.args.get("after") or None)
    _shows(*page.tellings)
    return render_template("desk/notices/mails.html", page=page)


@blueprint.get("/notices/<int(max=2147483647):row_id>")
@requires(Permission.VIEW_NOTICES)
def notice(row_id: int) -> str:
    with frame().database.reading() as session:
        found = queries.notice(session, row_id)
    _shows(found)
    mail = _taken_apart(found.row.rendered) if found.row.rendered is not None else None
    subject, body = text(Notice.from_values(found.row.values))
    return render_template("desk/notices/mail.html", found=found, mail=mail, subject=subject, body=body)


@blueprint.get("/notices/<int(max=2147483647):row_id>.<any(eml,ics):suffix>")
@requires(Permission.VIEW_NOTICES)
def notice_file(row_id: int, suffix: str) -> Response:
    """The mail as it was sent, or its calendar entry."""
    with frame().database.reading() as session:
        found = queries.notice(session, row_id)
    _shows(found)
    rendered = found.row.rendered
    content = rendered if suffix == "eml" or rendered is None else _calendar(rendered)
    if content is None:
        raise NotFound(what="notice", key=str(row_id))
    response = make_response(content)
    response.headers["Content-Type"] = "message/rfc822" if suffix == "eml" else "text/calendar; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="notice-{row_id}.{suffix}"'
    return response


@blueprint.post("/notices/<int(max=2147483647):row_id>/retry")
@requires(Permission.TICK_OFF_NOTICES)
def retry_notice(row_id: int) -> AnyResponse:
    with frame().database.transaction() as session:
        outbox.retry(session, row_id, actor=current_actor(), now=office_now())
    flash(_("The mail is due again; it leaves within a minute."))
    return redirect(url_for("desk.notice", row_id=row_id), 303)


def _shows(*tellings: queries.Telling) -> None:
    """Has noted whose notices somebody read."""
    shows(current_actor(), *sorted({f"booking:{telling.booking.id}" for telling in tellings}))


def _parsed(rendered: bytes) -> EmailMessage:
    message = message_from_bytes(rendered, policy=default)
    assert isinstance(message, EmailMessage)  # noqa: S101  # the policy makes it one
    return message


def _calendar(rendered: bytes) -> bytes | None:
    for part in _parsed(rendered).walk():
        if part.get_content_type() == "text/calendar":
            content = part.get_payload(decode=True)
            return content if isinstance(content, bytes) else None
    return None


def _taken_apart(rendered: bytes) -> Mail:
    message, calendar = _parsed(rendered), _calendar(rendered)
    body = message.get_body(("plain",))
    return Mail(
        subject=str(message["Subject"]),
        sender=str(message["From"]),
        recipient=str(message["To"]),
        date=str(message["Date"]),
        text=str(body.get_content()) if body is not None else "",
        calendar=_unfolded(calendar) if calendar is not None else None,
    )


def _unfolded(calendar: bytes) -> str:
    """The lines as they are meant: long ones are folded on the way (RFC 5545 3.1)."""
    return calendar.decode("utf-8", "replace").replace("\r\n ", "").replace("\r\n", "\n")
