"""Retention: what the office knows of people, why, and for how long. Every column stands in the map here."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from enum import StrEnum

#: Stands where a name stood.
BLANK = "–"

_DAY = timedelta(days=1)


class Chore(StrEnum):
    """What is forgotten together, each in its own time."""

    CONTACT = "contact"
    PERSON = "person"
    ON_FILE = "on_file"
    HINTS = "hints"
    WALK_INS = "walk_ins"
    ENQUIRIES = "enquiries"
    NOTICES = "notices"
    PROOFS = "proofs"
    READS = "reads"
    REPORTS = "reports"
    SEARCHES = "searches"
    PARTICIPANTS = "participants"


@dataclass(frozen=True, slots=True)
class Periods:
    """How long each is kept, in days; from when on they count, says `docs/privacy.md`."""

    contact: int = 7
    person: int = 180
    on_file: int = 365
    hints: int = 7
    walk_ins: int = 7
    enquiries: int = 90
    notices: int = 7
    proofs: int = 396
    reads: int = 396
    reports: int = 90
    searches: int = 396
    participants: int = 365

    def days(self, chore: Chore) -> int:
        number: int = getattr(self, chore)
        return number

    def of(self, chore: Chore) -> timedelta:
        return self.days(chore) * _DAY


#: No setting goes beyond these, in days.
LONGEST = Periods(30, 1095, 1095, 30, 30, 365, 90, 1095, 1095, 730, 1095, 1095)
DEFAULT = Periods()
assert [field.name for field in fields(Periods)] == list(Chore)  # noqa: S101  # one period for each chore


class Holds(StrEnum):
    """What a column tells of somebody. `NOTHING`, `VISIT` and `STAFF` are nobody's whom the office serves.

    `ON_FILE` is kept so long for whoever wished it, with the contact data; of others it goes with the person.
    """

    CONTACT = "contact"
    PERSON = "person"
    ON_FILE = "on_file"
    HINT = "hint"
    WALK_IN = "walk_in"
    ENQUIRY = "enquiry"
    NOTICE = "notice"
    PROOF = "proof"
    READ = "read"
    REPORT = "report"
    SEARCH = "search"
    PARTICIPANT = "participant"
    SHORT = "short"
    AUDIT = "audit"
    VISIT = "visit"
    STAFF = "staff"
    NOTHING = "nothing"


#: By which chore each is forgotten; what is left out says nothing of a person once these are done, or is
#: cleared away within a day (`SHORT`), or kept as evidence without a name (`AUDIT`).
CHORE_OF: Mapping[Holds, Chore] = {
    Holds.CONTACT: Chore.CONTACT,
    Holds.PERSON: Chore.PERSON,
    Holds.ON_FILE: Chore.ON_FILE,
    Holds.HINT: Chore.HINTS,
    Holds.WALK_IN: Chore.WALK_INS,
    Holds.ENQUIRY: Chore.ENQUIRIES,
    Holds.NOTICE: Chore.NOTICES,
    Holds.PROOF: Chore.PROOFS,
    Holds.READ: Chore.READS,
    Holds.REPORT: Chore.REPORTS,
    Holds.SEARCH: Chore.SEARCHES,
    Holds.PARTICIPANT: Chore.PARTICIPANTS,
}


def _columns(**holds: str) -> Mapping[str, Holds]:
    return {column: Holds(kind) for kind, names in holds.items() for column in names.split()}


#: Every table and column of the database.
DATA_MAP: Mapping[str, Mapping[str, Holds]] = {
    "people": _columns(
        contact="email phone address email_key phone_key",
        person="born household interpreter companion step_free",
        on_file="name number number_key language on_file_since",
        nothing="id created_at",
    ),
    "person_words": _columns(on_file="word backwards", nothing="person_id"),
    "bookings": _columns(
        person="justification_text reason others",
        staff="made_by",
        visit="service_key resource_id starts_at ends_at occupied_until status standing origin channel"
        " booked_by made_at judged_at justification_category cancelled_by moved_by persons invited"
        " arrived_at called_at served_at finished_at call_day call_number let_in_at reminded_for summoned_on"
        " reference ical_uid ical_sequence",
        nothing="id version person_id caseworker_id",
    ),
    "claims": _columns(
        short="held_by",
        visit="starts_at occupied_until occupies lasts_until hold held_until",
        nothing="id booking_id resource_id",
    ),
    "wishes": _columns(visit="asked_at", nothing="booking_id"),
    "offers": _columns(visit="starts_at made_at until form answer", nothing="id booking_id resource_id"),
    "feeds": _columns(
        staff="made_by made_at revoked_by revoked_at", nothing="id kind resource_id caseworker_id digest"
    ),
    "events": _columns(visit="seats is_public series", nothing="booking_id"),
    "participants": _columns(visit="seat", nothing="booking_id event_id"),
    "outbox": _columns(
        notice="values rendered problem",
        proof="kind template state uid message_id attempts unanswered created_at settled_at edition",
        staff="settled_by",
        nothing="id booking_id enquiry_id participant_id run_id retry_at leased_until forgotten_at",
    ),
    "hints": _columns(hint="code until set_at lifted_at", staff="set_by", nothing="id person_id"),
    "walk_ins": _columns(
        walk_in="name phone justification_text",
        staff="allowed_by made_by",
        visit="call_day call_number site origin channel status arrived_at called_at served_at finished_at"
        " justification_category service_key resource_id",
        nothing="id",
    ),
    "enquiries": _columns(
        enquiry="text phone",
        staff="owner forwarded_to made_by",
        visit="reference medium service_key status call_from call_by missed came_at closed_at",
        nothing="id person_id booking_id version",
    ),
    "enquiry_steps": _columns(
        enquiry="text before", staff="done_at done_by", nothing="id enquiry_id change taken_back_at"
    ),
    "applications": _columns(
        person="about struck_why",
        staff="noted_by struck_at struck_by",
        visit="reference received_on received_by noted_at",
        nothing="id person_id enquiry_id",
    ),
    "accesses": _columns(read="at actor page subject", nothing="id"),
    "feedback": _columns(report="text contact language sent_at settled_at", staff="settled_by", nothing="id"),
    "idempotency_records": _columns(short="actor key digest status answer created_at", nothing="id"),
    "link_requests": _columns(short="email_key", nothing="id"),
    "sign_in_tallies": _columns(short="login address since tries"),
    "audit_records": _columns(audit="at actor action subject details", nothing="id position seal"),
    "audit_searches": _columns(
        search="login purpose first last filed_by filed_at decision decided_by decided_at", nothing="id"
    ),
    "audit_head": _columns(nothing="id position seal"),
    "erasures": _columns(audit="person_id erased_at", nothing="id"),
    "phase_effects": _columns(
        visit="effect reach status_before standing_before channel_before undone",
        nothing="id run_id booking_id",
    ),
    "switch_overrides": _columns(staff="kept_by kept_at", nothing="id phase_key booking_id"),
    "worklist_marks": _columns(staff="made_by made_at", visit="kind starts_at", nothing="booking_id"),
    "phase_runs": _columns(
        staff="undone_by", nothing="id phase_key due_at begun_at finished_at undone_at undo_ended_at"
    ),
    "phase_plannings": _columns(nothing="phase_key planned_at version_id"),
    "plan_drafts": _columns(staff="changed_at changed_by", nothing="id base_id document version"),
    "plan_versions": _columns(nothing="id planned_at document digest"),
    "resources": _columns(nothing="id key kind site name retired_at"),
    "services": _columns(nothing="key name retired_at"),
    "interruptions": _columns(
        staff="made_by made_at lifted_by lifted_at", nothing="id resource_id kind starts_at ends_at"
    ),
    "contacts": _columns(staff="made_by", nothing="id day site kind counted_at taken_back_at"),
    "alarms": _columns(staff="raised_at raised_by browser ended_at ended_by", nothing="id place is_test"),
    "alarm_answers": _columns(staff="actor at", nothing="id alarm_id"),
    "statements": _columns(staff="changed_by", nothing="page language text version changed_at"),
    "staff": _columns(
        staff="login role password created_at locked_at one_time_until "
        "factor_secret factor_since factor_period",
        nothing="id",
    ),
    "caseworkers": _columns(staff="name team hours", nothing="id staff_id deputy_id retired_at version"),
    "absences": _columns(
        staff="starts_at ends_at made_by made_at ended_by ended_at", nothing="id caseworker_id"
    ),
    "recovery_codes": _columns(staff="digest", nothing="staff_id"),
    "staff_sessions": _columns(
        staff="digest begun_at expires_at device as_of awaits_code", nothing="staff_id"
    ),
    "api_tokens": _columns(nothing="id name role digest created_at revoked_at"),
    "hotline_calls": _columns(nothing="hotline day hour calls"),
    "participants_on_file": _columns(
        participant="name language way email phone address",
        staff="added_by",
        nothing="id measure side added_at left_at",
    ),
    "mode_changes": _columns(
        staff="released_by undone_by undone_at", nothing="id measure starts mode due_at"
    ),
    "mode_tellings": _columns(nothing="change_id participant_id notice_id taken_back_at"),
    "hygiene_plans": _columns(staff="noted_at noted_by", nothing="measure"),
    "shifts": _columns(staff="name starts_at ends_at made_by", nothing="id hotline"),
    "call_days": _columns(nothing="day last_number"),
    "demonstration": _columns(nothing="id told_until"),
    "heartbeats": _columns(nothing="job ran_at problem"),
    "leases": _columns(nothing="name holder until"),
    "office_clock": _columns(nothing="id ahead_seconds"),
    "tallies": _columns(nothing="name count"),
}
