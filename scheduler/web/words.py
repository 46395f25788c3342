"""The words for what the rules call by one word, in the reader's language."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from flask import Flask
from flask_babel import gettext as _

from models.bookings import Booking
from models.caseworkers import Caseworker
from scheduler.adapters.words import moment_in_words, ruling_in_words, status_in_words
from scheduler.domain.bookings import Category, Change, Status
from scheduler.domain.days import Why
from scheduler.domain.hints import SIGNS
from scheduler.domain.notices import Notifying
from scheduler.domain.people import has_control_characters
from scheduler.domain.resources import Resource, Site
from scheduler.domain.roles import Role
from scheduler.domain.texts import N_
from scheduler.web.errors import in_words
from scheduler.web.frame import current_office_plan
from scheduler.web.languages import clock_time, language, moment, said

#: One letter for each status beside its colour and pattern, by language.
_LETTERS: Mapping[str, Mapping[Status, str]] = {
    "de": dict(zip(Status, "FGARBENX", strict=True)),
    "en": dict(zip(Status, "RBHCSDNX", strict=True)),
}

_ROLES = {
    Role.CUSTOMER: N_("Customer"),
    Role.RECEPTION: N_("Reception"),
    Role.CASEWORKER: N_("Caseworker"),
    Role.MANAGER: N_("Manager"),
    Role.HOTLINE: N_("Hotline"),
    Role.ENTRANCE: N_("Entrance"),
    Role.AUDITOR: N_("Auditor"),
    Role.ADMINISTRATOR: N_("Administrator"),
}

_CATEGORIES = {
    Category.INTEGRATION: N_("Integration into work"),
    Category.URGENT_BENEFIT: N_("Urgent benefit matter that cannot be settled otherwise"),
    Category.COMPLEX_MATTER: N_("Complex matter"),
    Category.PERSONAL_CONTACT: N_("Personal contact needed (language, company, no phone or internet)"),
    Category.OTHER: N_("Another reason"),
}

_WHYS = {
    Why.PAST: N_("over"),
    Why.CLOSED: N_("closed"),
    Why.HOLIDAY: N_("public holiday"),
    Why.HOURS: N_("outside opening hours"),
    Why.PHASE: N_("not allowed in this phase"),
    Why.INTERRUPTED: N_("closed for a while"),
    Why.RESERVED: N_("held in reserve"),
    Why.HELD: N_("being given away"),
    Why.TAKEN: N_("nothing fits"),
    Why.TOO_SOON: N_("too soon from now"),
    Why.TOO_FAR: N_("cannot be booked yet"),
    Why.UNSUITABLE: N_("no concern suits"),
    Why.RETIRED: N_("place no longer in use"),
}

_TEXTS: Mapping[str, Mapping[str, str]] = {
    "outcome": {
        "open": N_("still open"),
        "visited": N_("came"),
        "by_phone": N_("settled by phone"),
        "walked_in": N_("without appointment"),
        "answered": N_("answered without a visit"),
        "no_show": N_("did not appear"),
        "cancelled_by_customer": N_("cancelled by the customer"),
        "cancelled_by_office": N_("cancelled by the office"),
    },
    "statement": {
        "accessibility": N_("Accessibility"),
        "privacy": N_("Privacy"),
        "imprint": N_("Imprint"),
    },
    "permission": {
        "booking.book": N_("book visits"),
        "booking.view": N_("see visits"),
        "booking.change": N_("change visits"),
        "walk_in.admit": N_("take in people without an appointment"),
        "request.answer": N_("answer requests"),
        "day.view": N_("see the day"),
        "place.interrupt": N_("close places for a while"),
        "plan.view": N_("see the plan and its switches"),
        "notice.view": N_("see notices"),
        "notice.tick_off": N_("tick off notices"),
        "plan.edit": N_("draft changes of the plan"),
        "plan.apply": N_("adopt a draft, take a switch back"),
        "entrance.let_in": N_("let people in"),
        "catchup.enter": N_("enter what was done on paper"),
        "alarm.use": N_("raise and hear the silent alarm"),
        "hint.view": N_("see hints about people"),
        "hint.set": N_("set hints about people"),
        "display.view": N_("see the call display"),
        "metrics.view": N_("read the figures of the machinery"),
        "enquiry.see_to": N_("see to enquiries"),
        "application.file": N_("note applications"),
        "hotline.count": N_("count calls to hotlines"),
        "roster.edit": N_("keep the hotlines’ roster"),
        "figures.view": N_("see the office’s figures"),
        "statement.edit": N_("write the office’s statements"),
        "staff.manage": N_("manage accounts of the staff"),
        "person.export": N_("hand over what is stored of a person"),
        "person.erase": N_("erase a person"),
        "retention.view": N_("see what is kept for how long"),
        "feed.manage": N_("give out calendars to subscribe to"),
        "audit.view": N_("see the records of changes"),
        "audit.search_staff": N_("search records by employee, with a second person"),
        "audit.grant_searches": N_("grant searches by employee that others file"),
        "office.as_of": N_("see the office as of another date"),
    },
    "hotline_state": {
        "to_come": N_("not open yet"),
        "open": N_("open"),
        "closed": N_("closed"),
    },
    "operated_by": {"own": N_("our own"), "external": N_("run by others")},
    "received_by": {
        "in_person": N_("in person"),
        "phone": N_("by phone"),
        "letter": N_("by letter"),
        "email": N_("by e-mail"),
        "online": N_("online"),
    },
    "medium": {"phone": N_("Phone"), "email": N_("E-mail"), "online": N_("Online")},
    "enquiry_status": {
        "open": N_("open"),
        "forwarded": N_("forwarded"),
        "answered": N_("answered"),
        "booked": N_("led to a visit"),
        "dropped": N_("laid aside"),
    },
    "enquiry_step": {
        "take": N_("taken on"),
        "forward": N_("forwarded"),
        "promise": N_("call promised"),
        "miss": N_("called, nobody reached"),
        "answer": N_("answered"),
        "book": N_("visit booked"),
        "drop": N_("laid aside"),
        "reopen": N_("opened again"),
    },
    "when": {
        "hour": N_("within an hour"),
        "today": N_("today"),
        "morning": N_("on the next open day, in the morning"),
        "next_day": N_("on the next open day"),
    },
    "granted": {"appointments": N_("appointments"), "walk_ins": N_("without appointment")},
    "kind": {
        "counter": N_("Counters"),
        "entrance_room": N_("Rooms at the entrance"),
        "office": N_("Offices"),
        "group_room": N_("Group rooms"),
    },
    "standing": {"valid": N_("valid"), "in_question": N_("in question")},
    "channel": {"in_person": N_("in person"), "phone": N_("by phone")},
    "origin": {
        "appointment": N_("appointment"),
        "walk_in": N_("walk-in"),
        "emergency": N_("emergency"),
    },
    "party": {"customer": N_("by the customer"), "office": N_("by the office")},
    "notice_kind": {
        "email": N_("E-mail"),
        "letter": N_("Letter"),
        "phone": N_("Call"),
        "door": N_("At the door"),
    },
    "notice_state": {
        "waiting": N_("waiting"),
        "held": N_("held back"),
        "unwanted": N_("not wanted"),
        "sent": N_("sent"),
        "quarantined": N_("set aside"),
        "withdrawn": N_("withdrawn"),
    },
    "notice_done": {
        "waiting": N_("still to be told"),
        "held": N_("held back"),
        "unwanted": N_("not wanted"),
        "sent": N_("told"),
        "quarantined": N_("set aside"),
        "withdrawn": N_("withdrawn"),
    },
    "template": {
        "invitation": N_("Invitation"),
        "update": N_("New time or place"),
        "cancellation": N_("Cancellation"),
        "phone": N_("By phone instead"),
        "receipt": N_("Receipt of the request"),
        "declined": N_("Request declined"),
        "replaced": N_("Earlier invitation withdrawn"),
        "delayed": N_("Begins later"),
        "reminder": N_("Reminder"),
        "offer": N_("Earlier time offered"),
        "link": N_("Link sent again"),
        "answer": N_("Answer to an enquiry"),
        "mode": N_("Change of a measure"),
        "mode_back": N_("Change of a measure, taken back"),
        "filed": N_("Proof of an application"),
    },
    "decision": {
        "allow": N_("can be booked"),
        "justify": N_("can be booked with a reason for the single case"),
        "approve": N_("can be asked for; the office answers"),
        "redirect": N_("led to other ways"),
        "refuse": N_("refused"),
    },
    "stage": {
        "draft": N_("drafted"),
        "planned": N_("planned"),
        "announced": N_("announced"),
        "in_force": N_("in force"),
        "past": N_("past"),
    },
    "mode": {
        "on_site": N_("on site"),
        "on_site_hygiene": N_("on site under hygiene rules"),
        "alternative": N_("in another form"),
        "suspended": N_("suspended"),
    },
    "side": {
        "participant": N_("takes part"),
        "contact": N_("contact of the provider"),
    },
    "way": {
        "email": N_("by e-mail"),
        "letter": N_("by letter"),
        "phone": N_("by phone"),
    },
    "effect": {
        "keep": N_("stay"),
        "flag": N_("in question"),
        "phone": N_("become calls"),
        "cancel": N_("cancelled"),
    },
    "reach": {
        "email": N_("by e-mail"),
        "letter": N_("by letter"),
        "phone": N_("by phone"),
        "none": N_("only at the door"),
    },
    "interruption_kind": {"closed": N_("closed"), "pause": N_("pause")},
    "walk_ins": {
        "admit": N_("Without an appointment: yes, as with an appointment"),
        "exception": N_("Without an appointment: in exceptional cases only"),
        "refuse": N_("Without an appointment: no"),
        "none": N_("Without an appointment: nobody, whatever it is about"),
    },
    "queue_state": {
        "expected": N_("expected"),
        "late": N_("late"),
        "waiting": N_("waiting"),
        "called": N_("called"),
        "in_service": N_("being served"),
        "done": N_("done"),
    },
    "contact": {
        "documents": N_("Documents handed in"),
        "question": N_("Short question"),
        "sent_on": N_("Sent on"),
    },
    "admission": {
        "admit": N_("yes"),
        "justify": N_("yes, with a reason"),
        "exception": N_("only as an exception"),
        "refuse": N_("no"),
    },
    "queue_change": {
        "check-in": N_("Arrived"),
        "call": N_("Call up"),
        "serve": N_("Begin"),
        "finish": N_("Finish"),
        "no-show": N_("Did not appear"),
        "leave": N_("Has left"),
    },
    "change": {
        "approve": N_("Approve"),
        "decline": N_("Decline"),
        "move": N_("Move"),
        "cancel": N_("Cancel visit"),
        "check-in": N_("Check in"),
        "call": N_("Call up"),
        "serve": N_("Begin"),
        "finish": N_("Finish"),
        "no-show": N_("Did not appear"),
    },
    "verdict": {
        "welcome": N_("Expected now"),
        "early": N_("Too early"),
        "late": N_("Late"),
        "over": N_("Too late, the visit is over"),
        "missed": N_("Not appeared before"),
        "here": N_("Is here already"),
        "done": N_("Has been here, the visit is done"),
        "requested": N_("Not approved yet"),
        "cancelled_by_office": N_("Cancelled by the office"),
        "cancelled_by_customer": N_("Cancelled by the customer"),
        "earlier_day": N_("The visit was on another day"),
        "later_day": N_("Expected on another day"),
        "by_phone": N_("By phone, not here"),
        "other_site": N_("Expected at another site"),
    },
    "search_state": {
        "waiting": N_("waits for a second person"),
        "granted": N_("granted"),
        "declined": N_("declined"),
        "expired": N_("run out"),
    },
    "deed": {
        "audit_search.file": N_("filed a search by employee"),
        "audit_search.grant": N_("granted a search by employee"),
        "audit_search.decline": N_("declined a search by employee"),
        "audit_search.look": N_("looked at the results of a search by employee"),
        "booking.book": N_("booked"),
        "booking.request": N_("requested"),
        "booking.approve": N_("approved"),
        "booking.decline": N_("declined"),
        "booking.move": N_("moved"),
        "booking.relocate": N_("moved to another place at the same time"),
        "booking.lengthen": N_("noted how long it takes"),
        "booking.tell-delay": N_("told of a later beginning"),
        "booking.cancel": N_("cancelled"),
        "booking.enter": N_("entered from paper"),
        "walk_in.enter": N_("entered from paper"),
        "booking.let-in": N_("let in at the entrance"),
        "booking.not-let-in": N_("tick at the entrance taken back"),
        "booking.check-in": N_("checked in"),
        "booking.call": N_("called up"),
        "booking.serve": N_("begun"),
        "booking.finish": N_("finished"),
        "booking.no-show": N_("noted as not appeared"),
        "booking.take-back": N_("last change taken back as a mistake"),
        "booking.remind": N_("reminded by e-mail"),
        "booking.wish": N_("would come earlier"),
        "booking.no-wish": N_("waits for no earlier time any more"),
        "booking.offer": N_("offered an earlier time"),
        "booking.decline-offer": N_("earlier time declined"),
        "booking.send-link": N_("link sent again on request"),
        "booking.summon": N_("legal summons noted"),
        "booking.no-summons": N_("note of a summons taken back"),
        "booking.unanswered": N_("cancelled, since nobody answered the request in time"),
        "booking.switch-keep": N_("kept when the phase changed"),
        "booking.switch-flag": N_("put in question when the phase changed"),
        "booking.switch-phone": N_("turned into a call when the phase changed"),
        "booking.switch-cancel": N_("cancelled when the phase changed"),
        "booking.undo-switch": N_("change of phase taken back"),
        "booking.keep": N_("let stand by decision"),
        "booking.hand-over": N_("given to a caseworker"),
        "caseworker.add": N_("added a caseworker"),
        "caseworker.change": N_("changed a caseworker"),
        "caseworker.retire": N_("gives a caseworker nothing new any more"),
        "caseworker.bring-back": N_("brought a caseworker back"),
        "caseworker.away": N_("noted that a caseworker is away"),
        "caseworker.back": N_("noted that a caseworker is back"),
        "booking.doubt": N_("put in question"),
        "booking.phone": N_("turned into a call"),
        "booking.make-call": N_("call made"),
        "booking.settle": N_("needs no new time"),
        "booking.unsettle": N_("waits for a new time again"),
    },
    "worklist_part": {
        "decide": N_("To decide"),
        "calls": N_("Phone calls"),
        "without": N_("Without a new time"),
    },
    "weekday": {
        "mon": N_("Monday"),
        "tue": N_("Tuesday"),
        "wed": N_("Wednesday"),
        "thu": N_("Thursday"),
        "fri": N_("Friday"),
        "sat": N_("Saturday"),
        "sun": N_("Sunday"),
    },
    "worklist_reason": {
        "phase": N_("Put in question by a phase"),
        "place": N_("The place is closed"),
        "caseworker": N_("The caseworker is away"),
    },
    "retained": {
        "contact": N_("Contact data of past visits"),
        "person": N_("Person and reasons of past visits"),
        "on_file": N_("Name, number, language and contact of whoever wished to stay on file"),
        "hints": N_("Notes for colleagues"),
        "walk_ins": N_("Names of walk-ins"),
        "enquiries": N_("Words of enquiries"),
        "notices": N_("Words of notices"),
        "proofs": N_("Proof of notices"),
        "reads": N_("Who read what"),
        "reports": N_("Reports that are settled"),
        "searches": N_("Searches of records by employee"),
        "participants": N_("Who is told of changes of a measure"),
    },
    "retained_for": {
        "contact": N_("to tell people of changes; after the visit for questions about it"),
        "person": N_("to find who comes again, and to answer complaints"),
        "on_file": N_("so that nobody need give them again, by the person’s own wish"),
        "hints": N_("for the safety of colleagues, as long as they hold"),
        "walk_ins": N_("to call people up on the day; afterwards for questions about it"),
        "enquiries": N_("to answer them, and for questions about the answer"),
        "notices": N_("to send them again, and to see what somebody was told"),
        "proofs": N_("to show that, when and how somebody was told; nothing of what it said"),
        "reads": N_("to answer who read about somebody (GDPR article 15)"),
        "reports": N_("to answer reports of barriers"),
        "searches": N_("so that the office and the staff council can check them"),
        "participants": N_("to tell them how the measure takes place"),
    },
}


_ACTORS = {
    "job:switch": N_("Switch (automatic)"),
    "job:reminders": N_("Reminders (automatic)"),
    "job:offers": N_("Waiting list (automatic)"),
    "job:links": N_("Lost links (automatic)"),
    "job:events": N_("Seats at group events (automatic)"),
    "job:retention": N_("Retention (automatic)"),
    "job:measures": N_("Changes of measures (automatic)"),
    "job:requests": N_("Unanswered requests (automatic)"),
    "customer": N_("Customer"),
    "operator": N_("Command line"),
    "command:demo": N_("Demonstration"),
}


def teach(app: Flask) -> None:
    """Gives these words to the templates."""
    app.jinja_env.filters.update(
        status=lambda status: status_in_words(status, language()),
        letter=lambda status: _LETTERS[language()][status],
        role=role_word,
        category=lambda category: _(_CATEGORIES[category]),
        why=lambda why: _(_WHYS[why]),
        word=word,
        actor=actor,
        shown=shown,
        in_words=in_words,
        ruling_in_words=lambda ruling: ruling_in_words(current_office_plan(), ruling, language()),
        at_local=at_local,
        closing=closing,
        call_number=call_number,
        sign=lambda hint: SIGNS[hint.code],
        happened=lambda text: moment(datetime.fromisoformat(text)),
        booker_option=lambda role: (role.value, _(_ROLES[role])),
        place_options=place_options,
        place_option=lambda one: (one.key, said(one.name)),
        caseworker_options=caseworker_options,
        login_option=lambda login: (login, login),
    )


def shown(typed: str | None) -> str:
    """What somebody typed, for a page; what no page may carry is shown as a replacement character."""
    return "".join(
        "\ufffd" if has_control_characters(one, lines=True) and one != "\r" else one for one in typed or ""
    )


def word(value: str, of: str) -> str:
    """The word for `value` among those of one kind; what this version does not know is shown as it is."""
    found = _TEXTS[of].get(value)
    return _(found) if found is not None else value


def role_word(role: str) -> str:
    return _(_ROLES[Role(role)])


def actor(name: str) -> str:
    """Who acted, for readers of the history; records call them as in "staff:empfang" (domain.roles.Actor)."""
    kind, _colon, own = name.partition(":")
    if kind == "visitor":
        name = "customer"
    if name in _ACTORS:
        return _(_ACTORS[name])
    return _("Interface %(name)s", name=own) if kind == "token" else own or name


def caseworker_options(those: Sequence[Caseworker]) -> list[tuple[str, str]]:
    """The caseworkers to choose from, with their teams."""
    named = [(str(one.id), f"{one.name} ({one.team})" if one.team else one.name) for one in those]
    return [("", _("nobody in particular")), *named]


def place_options(places: Sequence[Resource], sites: Mapping[str, Site]) -> list[tuple[str, str]]:
    """The places to choose from, those of other sites with the site's name."""
    home = places[0].site if places else ""
    named = [
        (
            place.key,
            said(place.name)
            if place.site == home
            else f"{said(place.name)} ({said(sites[place.site].name)})",
        )
        for place in places
    ]
    return [("", _("any suitable place")), *named]


def categories() -> list[tuple[str, str]]:
    return [(category.value, _(text)) for category, text in _CATEGORIES.items()]


def done(change: Change, booking: Booking, notifying: Notifying = Notifying.NOW) -> str:
    """What is said after a change."""
    if notifying is not Notifying.NOW:
        what = _("is cancelled") if change is Change.CANCEL else _("was moved")
        later = notifying is Notifying.LATER
        told = _("The notice is held back under “To be told”.") if later else _("Nobody is told of it.")
        return _(
            "Booking %(reference)s %(what)s. %(told)s", reference=booking.reference, what=what, told=told
        )
    if change is Change.CANCEL or change is Change.DECLINE:
        return _("Booking %(reference)s is cancelled; the person is told.", reference=booking.reference)
    if change is Change.MOVE:
        return _("Booking %(reference)s was moved; the person is told.", reference=booking.reference)
    return _(
        "Booking %(reference)s: %(status)s.",
        reference=booking.reference,
        status=status_in_words(booking.status, language()),
    )


def undo_of(changed: Booking, mistake: Change) -> str:
    """The category of a message that offers to take the change back (layouts/base.html)."""
    return f"undo:{changed.id}:{mistake}:{changed.version}"


def walk_in_done(number: int, status: str) -> str:
    """What is said after a change to somebody without an appointment."""
    return _(
        "Number %(number)s: %(status)s.",
        number=call_number(number),
        status=status_in_words(status, language()),
    )


def call_number(number: int | None) -> str:
    """The number as it stands on slips and on the wall, "017"; nothing where none was given."""
    return "" if number is None else f"{number:03}"


def taken_back(booking: Booking, zone: tzinfo) -> str:
    """What is said after a change was taken back."""
    return _(
        "Taken back. Booking %(reference)s: %(status)s, %(when)s.",
        reference=booking.reference,
        status=status_in_words(booking.status, language()),
        when=moment_in_words(booking.starts_at, zone, language()),
    )


def closing(instant: datetime) -> str:
    """The time at which something ends; the end of a day is 24:00 and not the next day's beginning."""
    return clock_time(instant).replace("00:00", "24:00")


def at_local(instant: datetime) -> str:
    """An instant for an address or a field: local time, with its offset where the clock shows it twice."""
    local = instant.astimezone(current_office_plan().zone)
    is_doubled = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return local.isoformat(timespec="minutes") if is_doubled else local.strftime("%Y-%m-%dT%H:%M")
