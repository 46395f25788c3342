"""The office's words: every sentence about a decision, an error or a fault, and dates, in each language."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, tzinfo
from typing import Any

from babel.dates import format_date
from babel.lists import format_list

from scheduler.adapters.languages import (
    apart,
    clock_time,
    day_in_full,
    locale_of,
    translations,
)
from scheduler.domain.errors import (
    Closed,
    DomainError,
    Fault,
    Invalid,
    OutsideHours,
    PhaseRefused,
    SlotTaken,
    UnsuitablePlace,
)
from scheduler.domain.phases import Decision, Ruling
from scheduler.domain.planfaults import FAULT_SENTENCES as PLAN_SENTENCES
from scheduler.domain.planfaults import PlanFault
from scheduler.domain.plans import Plan
from scheduler.domain.texts import N_, Text


def date_in_words(instant: datetime | date, zone: tzinfo, language: str) -> str:
    """ "Mittwoch, 3. Juni 2020", the date at the office."""
    day = instant.astimezone(zone).date() if isinstance(instant, datetime) else instant
    return day_in_full(day, language)


def time_in_words(instant: datetime, zone: tzinfo, language: str) -> str:
    """ "09:00 Uhr", the time at the office."""
    time = clock_time(instant.astimezone(zone).time(), language)
    return translations(language).gettext("%(time)s") % {"time": time}


def moment_in_words(instant: datetime, zone: tzinfo, language: str) -> str:
    """ "Mittwoch, 3. Juni 2020, 09:00 Uhr"."""
    day, time = date_in_words(instant, zone, language), time_in_words(instant, zone, language)
    return translations(language).gettext("%(date)s, %(start)s") % {"date": day, "start": time}


def list_in_words(items: Iterable[str], language: str) -> str:
    return format_list(list(items), style="or", locale=locale_of(language))


def ruling_in_words(plan: Plan, ruling: Ruling, language: str) -> str:
    """Why a visit can or cannot be booked and what to do instead (contract, "decision": `text`)."""
    _ = translations(language).gettext
    name = apart(ruling.phase.name.in_(language), language) if ruling.phase else ""
    if ruling.decision is Decision.ALLOW:
        return _("This can be booked as a visit (%(phase)s).") % {"phase": name}
    if ruling.decision is Decision.JUSTIFY:
        return _(
            "This can be booked as a visit where it is necessary in the single case; "
            "the reason is recorded (%(phase)s)."
        ) % {"phase": name}
    if ruling.decision is Decision.APPROVE:
        return _("A visit can be requested; the office answers the request (%(phase)s).") % {"phase": name}
    return " ".join(_refusal_sentences(plan, ruling, language))


def _refusal_sentences(plan: Plan, ruling: Ruling, language: str) -> list[str]:
    _ = translations(language).gettext
    if ruling.phase is None:
        why = _("The office has not planned this date, so no visit can be booked for it.")
    else:
        why = _("No visit can be booked for this then (%(phase)s).") % {
            "phase": apart(ruling.phase.name.in_(language), language)
        }
    notice = (
        apart(ruling.phase.notice.in_(language), language) if ruling.phase and ruling.phase.notice else None
    )
    channels = [plan.channels_by_key[key] for key in ruling.channels] or list(plan.channels)
    instead = _("Please use instead: %(channels)s.") % {
        "channels": list_in_words(
            (apart(channel.name.in_(language), language) for channel in channels), language
        )
    }
    note = apart(plan.office.refusal_note.in_(language), language)
    return [sentence for sentence in (why, notice, instead if channels else None, note) if sentence]


ERROR_SENTENCES: Mapping[str, str] = {
    "unauthorized": N_("Sign in first, or send a valid token."),
    "forbidden": N_("Your role does not allow this."),
    "not_found": N_("This does not exist (any more)."),
    "too_large": N_("This is too large; send less than %(most)s."),
    "unsupported_media_type": N_("Send the request as application/json."),
    "invalid": N_("Some entries need a correction."),
    "invalid_plan": N_("The plan has faults; nothing was changed."),
    "skipped_local_time": N_(
        "%(local)s does not exist at the office: the clocks are put forward over it. Choose another time."
    ),
    "doubled_local_time": N_(
        "%(local)s exists twice at the office: the clocks are put back over it. Give the offset too."
    ),
    "as_of": N_(
        "You look at the office as of another date, where nothing can be changed. "
        "Go back to the present first."
    ),
    "idempotency_mismatch": N_("This idempotency key was already used for another request. Use a new one."),
    "in_progress": N_("The same request is being worked on. Ask again in a moment."),
    "in_the_past": N_("This time has passed. Choose a later one."),
    "outside_window": N_("Visits can be booked from %(first)s to %(last)s. Choose a time in between."),
    "off_grid": N_("Visits begin every %(grid_minutes)s minutes from midnight. Choose such a time."),
    "unsuitable_place": N_("%(resource)s does not suit this concern. Choose another place."),
    "not_step_free": N_("%(resource)s cannot be reached without steps. Choose another place."),
    "no_place_step_free": N_("No place without steps suits this. Choose another time or place."),
    "no_place_suits": N_("No place suits this concern. Choose another one."),
    "outside_hours": N_("The visit does not fit into the opening hours. Choose another time."),
    "closed": N_("The office is closed then. Choose another time."),
    "closed_for": N_("The office is closed then: %(reason)s. Choose another time."),
    "closed_place": N_("%(resource)s is closed for a while then. Choose another time or place."),
    "public_holiday": N_("This is a public holiday. Choose another day."),
    "justification_required": N_("Say why this visit is necessary: choose a reason."),
    "slot_taken": N_("This time was just taken, or somebody is still there. Choose another time or place."),
    "slot_held": N_("This time is held in reserve. Choose another time or place."),
    "route_full": N_(
        "Too many people arrive on this way at that time. Choose a time a little later or earlier."
    ),
    "caseworker_away": N_("The person in charge is not there at that time. Choose another time."),
    "caseworker_busy": N_("The person in charge has another talk at that time. Choose another time."),
    "wrong_state": N_("The booking is %(status)s; this cannot be done in that state."),
    "changed_meanwhile": N_("Somebody changed this meanwhile. Look at it again before you change it."),
    "too_many_requests": N_("Too many requests. Wait a little, then try again."),
    "limit_reached": N_("The limit is reached. Finish or cancel something first."),
    "busy": N_("Many people are booking right now. Please try again in a few seconds."),
    "unavailable": N_("The system does not answer right now. Please try again in a few seconds."),
}

STATE_SENTENCES: Mapping[str, str] = {
    "plan_moved_on": N_(
        "Another plan was taken in since this draft was begun. Carry the draft over to it first."
    ),
    "draft_unchanged": N_("The draft is like the plan; there is nothing to adopt."),
    "closed_before": N_("The same is closed from then on already. Give that closure another end."),
    "no_deputy": N_(
        "Nobody stands in for this caseworker. Name a deputy first, or give each visit by itself."
    ),
    "group_with_nobody": N_("A group event is led by whoever its page names; it is given to nobody else."),
    "closure_over": N_("This closure is over; what was stays as it was."),
    "late_announcement": N_(
        "Some effects would be due at once. Confirm that, or announce these phases later."
    ),
    "another_day": N_("People are checked in on the day of their visit only."),
    "request_over": N_("The time asked for has come, so this request has ended. Book a new visit."),
    "not_begun": N_("The visit has not begun yet, so nobody can have missed it."),
    "nothing_to_take_back": N_("Something else was done since, so this cannot be taken back any more."),
    "not_yours_to_take_back": N_("A colleague noted this; only whoever noted it takes it back."),
    "already_told": N_("The person has been told already. Cancel the visit instead; that tells them."),
    "too_late_to_take_back": N_(
        "This was noted more than ten minutes ago and stays; correct it by what can be done now."
    ),
    "not_expected": N_(
        "Nobody is expected for this booking: it is cancelled, by phone, or not approved yet."
    ),
    "alarm_over": N_("This alarm is over; all is clear."),
    "own_search": N_("This is your own search; another auditor or an administrator decides about it."),
    "search_about_you": N_("This search is about your own records; somebody else decides about it."),
    "search_decided": N_("This search has been decided before, or nobody decided in time. File it anew."),
    "search_not_open": N_("The results are open for 24 hours after a second person has granted the search."),
    "own_alarm": N_("This is your own alarm; the others come."),
    "known_otherwise": N_(
        "The booking is %(status)s here; the paper says otherwise. Look at its history first."
    ),
    "stood_there": N_(
        "Booking %(reference)s stands at this place at this time already. Check place and time on the paper."
    ),
    "no_earlier": N_("There is no appointment here that could be earlier."),
    "no_email": N_(
        "We can tell you of earlier times by e-mail alone, and we know no address of yours. Please call us."
    ),
    "offer_over": N_("This offer is over. Your appointment is as it was."),
    "visits_to_come": N_(
        "This person still has a visit to come. Cancel it first, so that the person hears of it, then erase."
    ),
    "enquiry_closed": N_(
        "This enquiry has been dealt with. Look at it, and open it again if it is not over."
    ),
    "hygiene_noted": N_("The hygiene plan is noted already."),
    "hygiene_not_noted": N_("The provider’s hygiene plan is not noted."),
    "hygiene_in_use": N_("People were told already that it is on site again. Take that change back first."),
    "released_before": N_("People are told of this change already."),
    "not_the_next": N_("Only the next change can be told now."),
    "later_change": N_("People were told of a later change. Take that one back first."),
    "change_undone": N_("This change is taken back already."),
    "left_before": N_("This person is not on file for the measure any more."),
    "hotline_to_come": N_("This hotline is not open yet."),
    "no_call_today": N_("No call was counted today."),
    "struck_before": N_("This has been struck out before."),
    "enquiry_open": N_("This enquiry is open already."),
    "enquiry_changed": N_("Somebody has done something with this enquiry meanwhile. Look at it again first."),
    "answer_gone": N_("The answer has been mailed already. Open the enquiry again if something is missing."),
    "enquiry_booked": N_("The visit is booked. Cancel it, or open the enquiry again."),
    "visit_over": N_("The visit is over; there is nothing to decide about it any more."),
    "by_phone_already": N_("This visit is a call already."),
    "group_by_phone": N_("A group event cannot become a call. Move it, cancel it, or let it stand."),
    "no_phone": N_("No phone number of this person is known. Move the visit, cancel it, or let it stand."),
    "not_by_phone": N_("This is not a call: the person comes to the office."),
    "call_later": N_("This call is planned for another day; the person expects it then."),
    "seat_at_event": N_("A seat at a group event cannot be moved. Cancel it and sign up for another date."),
    "event_full": N_(
        "All seats are taken. You can put yourself on the waiting list, or choose another date."
    ),
    "event_over": N_("This group event does not take place. Please choose another date."),
    "summoned": N_("A letter goes with this appointment; only the office can change it. Please call us."),
    "moved_by_office": N_(
        "The office itself moved this visit, so nobody can have missed it. Move or cancel it."
    ),
    "walk_in_status": N_("Somebody without an appointment who is %(status)s: this cannot be done any more."),
    "place_busy": N_(
        "Somebody is called to this place or served there. Finish that, or choose another place."
    ),
    "mails": N_("Too many requests. Wait a little, then try again."),
    "judged_already": N_("The switch has judged this booking already. Change the booking itself."),
    "lifted_before": N_("This place has been given back before."),
    "not_under_way": N_("Only a visit that is called up or being served can take longer."),
    "not_delayed": N_("This person need not wait any more, or is in the house already."),
    "settled": N_("This notice has been dealt with before."),
    "overtaken": N_("A later notice about the same booking has been sent, so this one stays here."),
    "not_ticked": N_("This notice has not been ticked off."),
    "undone_before": N_("This switch has been taken back before."),
    "not_empty": N_("There is a plan already; the demonstration fills an empty database only."),
    "no_plan": N_("The office has no plan yet. Import one with `flask plan import FILE`."),
}

FAULT_SENTENCES: Mapping[str, str] = {
    "missing": N_("Please fill this in."),
    "unknown": N_("“%(value)s” is not known here."),
    "unknown_field": N_("This field is not known here."),
    "too_short": N_("This is too short; at least %(shortest)s characters."),
    "not_a_login": N_("This is not a login; use small letters, digits, dots and hyphens."),
    "own_account": N_("This is your own account; ask another administrator to do it."),
    "wrong_password": N_("This is not your password."),
    "wrong_code": N_("This code is wrong, or has been used. Wait for the next one that your device shows."),
    "factor_there": N_("This account has a second factor already."),
    "no_factor": N_("This account has no second factor."),
    "not_the_same": N_("This is not the same password as above."),
    "unchanged": N_("This is the password that you have; choose another one."),
    "exists": N_("“%(value)s” exists already."),
    "too_long": N_("This is too long; at most %(longest)s characters."),
    "control_characters": N_("This contains characters that cannot be shown. Type it again without them."),
    "more_named": N_("More people are named than come. Correct the number or the names."),
    "not_a_flag": N_("This must be true or false."),
    "two_people": N_("Two people are named here and below. Search again, or empty one of the fields."),
    "not_an_email": N_("This is not an e-mail address; it looks like name@example.org."),
    "not_a_phone": N_("This is not a phone number; use digits, blanks and a leading +."),
    "not_a_birth_date": N_("This is not a birth date; it lies in the past, as in 1980-05-31."),
    "not_a_language": N_("This is not a language; use a code such as de or en."),
    "not_an_instant": N_("“%(value)s” is not a date and time; write it as in 2020-06-03T09:00."),
    "in_the_future": N_("This has not come yet; only what is over is entered here."),
    "not_a_date": N_("“%(value)s” is not a date; write it as in 2020-06-03."),
    "not_a_time": N_("“%(value)s” is not a time; write it as in 10:30."),
    "not_text": N_("This must be text."),
    "not_a_number": N_("This must be a whole number."),
    "not_an_object": N_("This must be an object."),
    "not_json": N_("This is not JSON; send one object in UTF-8, without NaN, and every key once."),
    "repeated": N_("This is given more than once."),
    "not_a_word": N_("“%(value)s” is not possible here. Possible are: %(known)s."),
    "not_a_header": N_("This must be 1 to %(longest)s visible ASCII characters."),
    "taken": N_("“%(value)s” is taken already; choose another."),
    "out_of_range": N_("This must be between %(least)s and %(most)s."),
    "another_day": N_("This is another day. End it on the same day; a longer closure belongs in the plan."),
    "no_mail_address": N_("The person gave no e-mail address. Answer in another way."),
    "no_hotline": N_("The hotline is missing."),
    "no_name": N_("The name is missing."),
    "not_own": N_("“%(value)s” is run by others; its roster is theirs."),
    "roster_columns": N_("There are %(count)s cells; 5 are needed: hotline, day, from, to, name."),
    "participant_columns": N_(
        "There are %(count)s cells; 7 are needed: side, name, language, way, e-mail, phone, address."
    ),
    "no_cell": N_("“%(column)s” is missing."),
    "needed_for_way": N_("Whoever wishes to be told in this way has to give it."),
    "participant_twice": N_("%(name)s stands in line %(other)s already."),
    "participant_there": N_("%(name)s is on file for this measure already, with the same contact data."),
    "too_many_lines": N_("At most %(most)s lines at once."),
    "shift_twice": N_("%(name)s is on duty at that time already in line %(other)s."),
    "shift_taken": N_("%(name)s is on duty at that time already."),
    "shift_taken_then": N_("%(name)s is on duty already on %(at)s."),
    "too_long_ago": N_("This lies more than %(most)s days back."),
    "promise_over": N_("This time has passed. Choose a later one."),
    "promise_too_far": N_("Nobody is promised a call more than %(most)s days ahead."),
    "past_day": N_("This day has passed. Choose today or a later one."),
    "reversed": N_("The end lies before the beginning."),
    "not_hours": N_("“%(value)s” is no span of hours; write it as 9:00-12:00."),
    "spans_overlap": N_("Two spans of hours overlap. Write them one after the other."),
    "span_too_long": N_("This spans more than %(most)s days."),
}


def fault_in_words(fault: Fault, language: str) -> str:
    """One sentence: what is wrong with a field and what to do."""
    _ = translations(language).gettext
    sentence = _(FAULT_SENTENCES[fault.why]) % fault.values
    if "line" in fault.values:
        return _("Line %(line)s: %(sentence)s") % {"line": fault.values["line"], "sentence": sentence}
    return sentence


def plan_fault_in_words(fault: PlanFault, language: str) -> str:
    """The same for something that is wrong with a plan, without its place in the file."""
    return translations(language).gettext(PLAN_SENTENCES[fault.why]) % fault.values


def error_in_words(error: DomainError, language: str, *, plan: Plan | None = None) -> str:
    """One sentence for a person: what is wrong and what to do."""
    _ = translations(language).gettext
    if isinstance(error, PhaseRefused) and plan is not None:
        return ruling_in_words(plan, error.details["ruling"], language)
    if isinstance(error, Invalid):
        return " ".join(
            f"{field}: {fault_in_words(fault, language)}" for field, fault in error.fields.items()
        )
    why = str(error.details.get("why", error.details.get("what", "")))
    sentence = STATE_SENTENCES.get(why) or ERROR_SENTENCES[_sentence_code(error)]
    words = _(sentence) % _in_words(error.details, language, plan)
    if isinstance(error, OutsideHours) and plan is not None and error.details.get("spans"):
        spans = ", ".join(
            f"{span.start.astimezone(plan.zone):%H:%M}–{span.end.astimezone(plan.zone):%H:%M}"
            for span in error.details["spans"]
        )
        words += " " + _("Open on that day: %(spans)s.") % {"spans": spans}
    return words


def _sentence_code(error: DomainError) -> str:
    if isinstance(error, Closed) and error.details.get("reason"):
        return "closed_for"
    if isinstance(error, Closed) and error.details.get("resource"):
        return "closed_place"
    if isinstance(error, SlotTaken) and error.details.get("held"):
        return "slot_held"
    if isinstance(error, UnsuitablePlace) and error.details.get("step_free"):
        return "not_step_free" if error.details.get("resource") else "no_place_step_free"
    if isinstance(error, UnsuitablePlace) and not error.details.get("resource"):
        return "no_place_suits"
    return error.code


def _in_words(details: Mapping[str, Any], language: str, plan: Plan | None) -> dict[str, Any]:
    words: dict[str, Any] = {}
    for key, value in details.items():
        if key == "resource" and plan is not None and value in plan.resources_by_key:
            words[key] = apart(plan.resources_by_key[value].name.in_(language), language)
        elif key == "status":
            words[key] = status_in_words(str(value), language)
        elif isinstance(value, Text):
            words[key] = apart(value.in_(language), language)
        elif isinstance(value, datetime):
            words[key] = value.isoformat(sep=" ", timespec="minutes")
        elif isinstance(value, date):
            words[key] = format_date(value, "short", locale=locale_of(language))
        else:
            words[key] = value
    return words


_STATUS_WORDS: Mapping[str, str] = {
    "requested": N_("requested"),
    "booked": N_("booked"),
    "checked_in": N_("checked in"),
    "called": N_("called"),
    "in_service": N_("being served"),
    "waiting": N_("waiting"),
    "left": N_("left without being served"),
    "done": N_("done"),
    "no_show": N_("not appeared"),
    "cancelled": N_("cancelled"),
}


def status_in_words(status: str, language: str) -> str:
    return translations(language).gettext(_STATUS_WORDS[status])
