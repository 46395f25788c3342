"""Letters: what goes by post, printed together with the address in the window of the envelope (DIN 5008)."""

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug import Response

from scheduler.adapters.letters import text
from scheduler.adapters.notices import Notice, with_link
from scheduler.domain.errors import invalid
from scheduler.domain.notices import comes_in_time
from scheduler.domain.roles import Permission
from scheduler.domain.texts import SOURCE_LANGUAGE
from scheduler.queries import notices as queries
from scheduler.queries.notices import MeasureTelling, Telling
from scheduler.usecases import outbox
from scheduler.usecases.notices import in_language, measure_in_language
from scheduler.web.accesses import shows
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.permissions import current_actor, requires


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter; `said` has language, subject and words: the person's own language, then German."""

    row_id: int
    name: str
    address: str
    reference: str
    sender: str
    said: list[tuple[str, str, str]]
    link: str | None


@blueprint.get("/letters")
@requires(Permission.VIEW_NOTICES)
def letters() -> str:
    """All that can be printed now; those that would come too late are told by other ways."""
    plan, now = current_office_plan(), office_now()
    with frame().database.reading() as session:
        found = queries.letters(session, now=now)
        measures = queries.measure_letters(session, limit=queries.MOST_LETTERS - len(found))
    shows(current_actor(), *sorted({f"booking:{one.booking.id}" for one in found}))
    shows(current_actor(), *sorted({f"participant:{one.person.id}" for one in measures}))
    post = plan.office.post
    in_time = [one for one in found if comes_in_time(one.booking.starts_at, now=now, post=post)]
    return render_template(
        "desk/letters/letters.html",
        letters=[*(_letter(one) for one in in_time), *(_measure_letter(one) for one in measures)],
        too_late=len(found) - len(in_time),
        most=queries.MOST_LETTERS,
    )


@blueprint.post("/letters")
@requires(Permission.TICK_OFF_NOTICES)
def tick_off_letters() -> Response:
    ids = request.form.getlist("letter", type=int)[: queries.MOST_LETTERS]
    if not ids or max(ids) > 2**31 - 1:
        raise invalid("letter", "missing")
    with frame().database.transaction() as session:
        posted = outbox.tick_off_letters(session, ids, actor=current_actor(), now=office_now())
    flash(ngettext("%(num)s letter is ticked off.", "%(num)s letters are ticked off.", posted))
    if posted < len(ids):
        flash(_("Some were not needed any more: somebody changed the visit or told the person meanwhile."))
    return redirect(url_for("desk.to_be_told"), 303)


def _letter(telling: Telling) -> Letter:
    person, link = telling.booking.person, frame().links.address(telling.booking.id)
    plan, own = current_office_plan(), Notice.from_values(telling.row.values).written_in
    notices = [
        with_link(in_language(plan, telling.row, telling.booking, language), link)
        for language in dict.fromkeys((own, SOURCE_LANGUAGE))
    ]
    return Letter(
        telling.row.id,
        person.name,
        person.address or "",
        telling.booking.reference,
        ", ".join((notices[-1].sender_name, *_sender_address(telling))),
        [(notice.written_in, *text(notice)) for notice in notices],
        notices[0].manage_url,
    )


def _measure_letter(telling: MeasureTelling) -> Letter:
    plan, own = current_office_plan(), Notice.from_values(telling.row.values).written_in
    notices = [
        measure_in_language(plan, telling.row, telling.person.measure, language)
        for language in dict.fromkeys((own, SOURCE_LANGUAGE))
    ]
    site = plan.sites[0]
    sender = [notices[-1].sender_name, *([site.address] if site.address else [])]
    return Letter(
        telling.row.id,
        telling.person.name,
        telling.person.address or "",
        str(telling.row.id),
        ", ".join(sender),
        [(notice.written_in, *text(notice)) for notice in notices],
        None,
    )


def _sender_address(telling: Telling) -> list[str]:
    """Where the post brings back what it cannot deliver: the site that the visit is at."""
    site = current_office_plan().sites_by_key.get(telling.booking.resource.site)
    return [site.address] if site is not None and site.address else []
