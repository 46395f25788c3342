"""Who may call what: every address of the office, page or API call, in one table to be read and reviewed.

A route that is missing here fails the test, one that behaves otherwise too. Whoever has no session (or one
that was ended, ran out, or belongs to a locked account) counts as a stranger, and so does a program without
a token, or with one that was never given out or was revoked. All the staff of an office see all its bookings,
so a booking made by others is nobody's own; what does not exist answers as `of` says.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from scheduler.domain.roles import Role
from scheduler.usecases.staff import STAFF_ROLES


class Door(StrEnum):
    """How somebody comes in, and so what a stranger hears there."""

    PAGE = "session"
    API = "token"
    OPEN = "nobody is asked"


class Of(StrEnum):
    """What the address names. The number is what somebody who may call it hears where it does not exist."""

    NOTHING = "nothing"
    BOOKING = "booking 404"
    INTERRUPTION = "interruption 404"
    NOTICE = "notice 404"
    WALK_IN = "walk-in 404"
    CONTACT = "contact 404"
    PERSON = "person 404"
    PHASE = "phase 404"
    DAY = "day 422"
    ALARM = "alarm 404"
    FILE = "file 404"
    STATEMENT = "statement 404"
    REPORT = "report 404"
    EVENT = "event 404"
    FEED = "feed 404"
    ROUTE = "route 404"
    ACCOUNT = "account 404"
    ENQUIRY = "enquiry 404"
    APPLICATION = "application 404"
    HOTLINE = "hotline 404"
    SHIFT = "shift 404"
    SEARCH = "search 404"
    CLOSURE = "closure 404"
    CASEWORKER = "caseworker 404"
    ABSENCE = "absence 404"
    MEASURE = "measure 404"
    PARTICIPANT = "participant 404"

    @property
    def unknown_answers(self) -> int | None:
        number = self.value.rpartition(" ")[2]
        return int(number) if number.isdigit() else None


@dataclass(frozen=True)
class Row:
    method: str
    endpoint: str
    roles: frozenset[Role]
    of: Of = Of.NOTHING
    door: Door = Door.PAGE

    @property
    def changes(self) -> bool:
        return self.method != "GET"

    @property
    def strangers_hear(self) -> int:
        """A page leads to the sign-in page; what was sent is kept on a page that asks to sign in."""
        return 303 if self.door is Door.PAGE and not self.changes else 401


def rows(method: str, names: str, roles: Iterable[Role], of: Of = Of.NOTHING, *, by: Door) -> list[Row]:
    return [Row(method, name, frozenset(roles), of, by) for name in names.split()]


DESK = {Role.RECEPTION, Role.CASEWORKER, Role.MANAGER}
ON_DUTY = DESK | {Role.HOTLINE, Role.ENTRANCE}
AT_THE_DOOR = DESK | {Role.ENTRANCE}
DAY = DESK | {Role.HOTLINE}
ANSWERING = {Role.CASEWORKER, Role.MANAGER}
LEADING = {Role.MANAGER}
MACHINES = {Role.ADMINISTRATOR}
ADMINISTRATORS = {Role.ADMINISTRATOR}
STAFF: set[Role] = set(STAFF_ROLES)
ALL: set[Role] = set(Role)
NOBODY: set[Role] = set()

# fmt: off
TABLE: list[Row] = [
    # Accounts -----------------------------------------------------------------------------------------------
    *rows("GET",  "admin.staff admin.roles", ADMINISTRATORS, by=Door.PAGE),
    *rows("POST", "admin.add_account", ADMINISTRATORS, by=Door.PAGE),
    *rows("GET",  "admin.account", ADMINISTRATORS, Of.ACCOUNT, by=Door.PAGE),
    *rows("POST", "admin.lock_account admin.unlock_account", ADMINISTRATORS, Of.ACCOUNT, by=Door.PAGE),
    *rows("POST", "admin.change_role admin.reset_password", ADMINISTRATORS, by=Door.PAGE),
    *rows("POST", "admin.end_sessions admin.take_off_factor", ADMINISTRATORS, Of.ACCOUNT, by=Door.PAGE),
    *rows("GET",  "desk.as_of",                                          LEADING, by=Door.PAGE),
    *rows("POST", "desk.look_as_of",                                     LEADING, by=Door.PAGE),
    *rows("POST", "desk.leave_as_of",                                    STAFF,   by=Door.PAGE),
    *rows("GET",  "desk.own_account",                                    STAFF,   by=Door.PAGE),
    *rows("POST", "desk.end_own_sessions",                               STAFF,   by=Door.PAGE),
    # Also for whoever has yet to change a one-time password; strangers are led to the sign-in page:
    *rows("GET",  "desk.own_password",                                   NOBODY,  by=Door.OPEN),
    *rows("POST", "desk.change_own_password",                            NOBODY,  by=Door.OPEN),
    # Also for whoever has yet to set up the second factor, or to show its code; for strangers as above:
    *rows("GET",  "desk.own_factor desk.ask_for_code",                   NOBODY,  by=Door.OPEN),
    *rows("POST", "desk.set_up_own_factor desk.show_code",               NOBODY,  by=Door.OPEN),
    *rows("POST", "desk.renew_own_codes desk.take_off_own",              STAFF,   by=Door.PAGE),
    # Pages --------------------------------------------------------------------------------------------------
    *rows("GET",  "desk.today",                                          STAFF,   by=Door.PAGE),
    *rows("GET",  "desk.go_to_day desk.why desk.new_booking",            DAY,     by=Door.PAGE),
    *rows("GET",  "desk.find_booking desk.suggestions desk.find_slot",   DAY,     by=Door.PAGE),
    *rows("GET",  "desk.person",                                         DAY,     Of.PERSON, by=Door.PAGE),
    *rows("POST", "desk.book desk.hold desk.let_go",                     DAY,     by=Door.PAGE),
    *rows("GET",  "desk.day desk.grid",                                  DAY,     Of.DAY, by=Door.PAGE),
    *rows("GET",  "desk.parked",                                         DESK,    Of.DAY, by=Door.PAGE),
    *rows("POST", "desk.park desk.unpark",                               DESK,    Of.BOOKING, by=Door.PAGE),
    *rows("GET",  "desk.condition",                                      DAY,     by=Door.PAGE),
    *rows("GET",  "desk.booking",                                        DAY,     Of.BOOKING, by=Door.PAGE),
    *rows("GET",  "desk.ask_about_change",                               DESK,    Of.BOOKING, by=Door.PAGE),
    *rows("POST", "desk.change_booking",                                 DESK,    Of.BOOKING, by=Door.PAGE),
    *rows("GET",  "desk.arrivals",                                       DESK,    by=Door.PAGE),
    *rows("POST", "desk.arrive desk.miss desk.take_back_arrival",        DESK,    Of.BOOKING, by=Door.PAGE),
    *rows("GET",  "desk.entrance desk.entrance_now desk.display",        AT_THE_DOOR, by=Door.PAGE),
    *rows("POST", "desk.let_in desk.take_back_entrance",            AT_THE_DOOR, Of.BOOKING, by=Door.PAGE),
    *rows("GET",  "desk.day_list desk.door_sheet desk.offline_list",     DAY,     Of.DAY, by=Door.PAGE),
    *rows("GET",  "desk.catch_up desk.catch_up_walk_in",                DESK,    Of.DAY, by=Door.PAGE),
    *rows("POST", "desk.enter_list desk.enter_visit desk.enter_walk_in", DESK,    Of.DAY, by=Door.PAGE),
    *rows("GET",  "desk.alarms",                                         ON_DUTY, by=Door.PAGE),
    *rows("GET",  "desk.alarms_now",                                     ON_DUTY, by=Door.PAGE),
    *rows("POST", "desk.raise_alarm desk.choose_alarm_place",            ON_DUTY, by=Door.PAGE),
    *rows("POST", "desk.answer_alarm desk.call_off_alarm",               ON_DUTY, Of.ALARM, by=Door.PAGE),
    *rows("GET",  "desk.ask_about_hint",                                 LEADING, Of.BOOKING, by=Door.PAGE),
    *rows("POST", "desk.set_hint desk.lift_hint",                        LEADING, Of.BOOKING, by=Door.PAGE),
    *rows("GET",  "desk.enquiries desk.new_enquiry",                     DAY,     by=Door.PAGE),
    *rows("POST", "desk.take_enquiry",                                   DAY,     by=Door.PAGE),
    *rows("GET",  "desk.enquiry",                                        DAY,     Of.ENQUIRY, by=Door.PAGE),
    *rows("POST", "desk.see_to_enquiry desk.take_back_enquiry",          DAY,     Of.ENQUIRY, by=Door.PAGE),
    *rows("GET",  "desk.caseworkers",                                    DAY,     by=Door.PAGE),
    *rows("GET",  "desk.caseworker", DAY, Of.CASEWORKER, by=Door.PAGE),
    *rows("GET",  "desk.ask_about_absence", DESK, Of.CASEWORKER, by=Door.PAGE),
    *rows("POST", "desk.report_absent", DESK, Of.CASEWORKER, by=Door.PAGE),
    *rows("POST", "desk.settle_absence",                                 DESK,    Of.ABSENCE, by=Door.PAGE),
    *rows("POST", "desk.hand_over",                                      DESK,    Of.BOOKING, by=Door.PAGE),
    *rows("GET",  "desk.new_caseworker",                                 LEADING, by=Door.PAGE),
    *rows("POST", "desk.add_caseworker",                                 LEADING, by=Door.PAGE),
    *rows("GET",  "desk.ask_about_caseworker", LEADING, Of.CASEWORKER, by=Door.PAGE),
    *rows("POST", "desk.change_caseworker", LEADING, Of.CASEWORKER, by=Door.PAGE),
    *rows("POST", "desk.retire_caseworker", LEADING, Of.CASEWORKER, by=Door.PAGE),
    *rows("GET",  "desk.hotlines",                                       DAY,     by=Door.PAGE),
    *rows("POST", "desk.count_call",                                     DAY,     Of.HOTLINE, by=Door.PAGE),
    *rows("GET",  "desk.roster",                                         LEADING, by=Door.PAGE),
    *rows("POST", "desk.add_shift desk.import_roster",                   LEADING, by=Door.PAGE),
    *rows("POST", "desk.remove_shift",                                   LEADING, Of.SHIFT, by=Door.PAGE),
    *rows("GET",  "desk.new_application",                                DAY,     by=Door.PAGE),
    *rows("POST", "desk.file_application",                               DAY,     by=Door.PAGE),
    *rows("GET",  "desk.application desk.ask_to_strike",             DAY, Of.APPLICATION, by=Door.PAGE),
    *rows("POST", "desk.strike_application",                         DAY, Of.APPLICATION, by=Door.PAGE),
    *rows("GET",  "desk.events",                                         DAY,     by=Door.PAGE),
    *rows("GET",  "desk.new_event",                                      DESK,    by=Door.PAGE),
    *rows("POST", "desk.plan_event",                                     DESK,    by=Door.PAGE),
    *rows("GET",  "desk.event",                                          DAY,     Of.EVENT, by=Door.PAGE),
    *rows("POST", "desk.sign_up",                                        DAY,     Of.EVENT, by=Door.PAGE),
    *rows("GET",  "desk.ask_about_summons",                              DESK,    Of.BOOKING, by=Door.PAGE),
    *rows("POST", "desk.set_summons",                                    DESK,    Of.BOOKING, by=Door.PAGE),
    *rows("GET",  "desk.slip",                                           DAY,     Of.BOOKING, by=Door.PAGE),
    *rows("GET",  "desk.cash_desk",                                      DAY,     by=Door.PAGE),
    *rows("GET",  "desk.interruptions_page",                             DESK,    by=Door.PAGE),
    *rows("POST", "desk.interrupt",                                      DESK,    by=Door.PAGE),
    *rows("POST", "desk.lift",                                           DESK, Of.INTERRUPTION, by=Door.PAGE),
    *rows("GET",  "desk.ask_about_delay",                                DESK,    Of.BOOKING, by=Door.PAGE),
    *rows("POST", "desk.lengthen desk.make_way desk.tell_delay",         DESK,    Of.BOOKING, by=Door.PAGE),
    *rows("POST", "desk.relocate",                                       DESK,    Of.BOOKING, by=Door.PAGE),
    *rows("GET",  "desk.queue desk.queue_part",                          DAY,     by=Door.PAGE),
    *rows("POST", "desk.take_back",                                      DESK,    Of.BOOKING, by=Door.PAGE),
    *rows("GET",  "desk.new_walk_in desk.new_call_back",                 DESK,    by=Door.PAGE),
    *rows("POST", "desk.admit desk.admit_emergency desk.promise_call",   DESK,    by=Door.PAGE),
    *rows("GET",  "desk.walk_in",                                        DESK,    Of.WALK_IN, by=Door.PAGE),
    *rows("POST", "desk.change_walk_in desk.take_back_walk_in",          DESK,    Of.WALK_IN, by=Door.PAGE),
    *rows("POST", "desk.count_contact",                                  DESK,    by=Door.PAGE),
    *rows("POST", "desk.take_back_contact",                              DESK,    Of.CONTACT, by=Door.PAGE),
    *rows("GET",  "desk.to_be_told desk.notices",                        DESK,    by=Door.PAGE),
    *rows("GET",  "desk.letters",                                        DESK,    by=Door.PAGE),
    *rows("POST", "desk.tick_off_letters",                               DESK,    by=Door.PAGE),
    *rows("GET",  "desk.notice desk.notice_file",                        DESK,    Of.NOTICE, by=Door.PAGE),
    *rows("POST", "desk.release_notice",                                 DESK,    Of.NOTICE, by=Door.PAGE),
    *rows("POST", "desk.undo_change",                                    DESK,    Of.BOOKING, by=Door.PAGE),
    *rows("POST", "desk.tick_off desk.untick desk.retry_notice",         DESK,    Of.NOTICE, by=Door.PAGE),
    *rows("GET",  "desk.worklist desk.worklist_calls",                   DESK,    by=Door.PAGE),
    *rows("GET",  "desk.worklist_without_time",                          DESK,    by=Door.PAGE),
    *rows("POST", "desk.decide",                                         DESK,    Of.BOOKING, by=Door.PAGE),
    *rows("GET",  "desk.switches",                                       LEADING, by=Door.PAGE),
    *rows("GET",  "desk.switch desk.ask_about_undo",                     LEADING, Of.PHASE, by=Door.PAGE),
    *rows("POST", "desk.undo_switch",                                    LEADING, Of.PHASE, by=Door.PAGE),
    *rows("POST", "desk.keep_booking desk.keep_booking_no_longer",       LEADING, Of.PHASE, by=Door.PAGE),
    *rows("GET",  "desk.person_file desk.ask_to_erase",                  LEADING, Of.PERSON, by=Door.PAGE),
    *rows("POST", "desk.keep_on_file",                                   DAY,     Of.PERSON, by=Door.PAGE),
    *rows("POST", "desk.erase",                                          LEADING, Of.PERSON, by=Door.PAGE),
    *rows("GET",  "office.audit",                               {Role.AUDITOR},  by=Door.PAGE),
    *rows("POST", "office.verify",                              {Role.AUDITOR},  by=Door.PAGE),
    *rows("GET",  "office.audit_searches",          {Role.AUDITOR} | ADMINISTRATORS, by=Door.PAGE),
    *rows("POST", "office.file_search",                         {Role.AUDITOR},  by=Door.PAGE),
    *rows("POST", "office.decide_search",   {Role.AUDITOR} | ADMINISTRATORS, Of.SEARCH, by=Door.PAGE),
    *rows("POST", "office.look_at_search",           {Role.AUDITOR}, Of.SEARCH, by=Door.PAGE),
    *rows("GET",  "office.feeds",                                        LEADING, by=Door.PAGE),
    *rows("POST", "office.add_feed",                                     LEADING, by=Door.PAGE),
    *rows("POST", "office.revoke_feed",                                  LEADING, Of.FEED, by=Door.PAGE),
    *rows("GET",  "office.retention",                     LEADING | ADMINISTRATORS, by=Door.PAGE),
    *rows("GET",  "office.statements",                                   LEADING, by=Door.PAGE),
    *rows("GET",  "office.statement",                                    LEADING, Of.STATEMENT, by=Door.PAGE),
    *rows("POST", "office.write_statement",                              LEADING, Of.STATEMENT, by=Door.PAGE),
    *rows("POST", "office.settle_report",                                LEADING, Of.REPORT, by=Door.PAGE),
    *rows("GET",  "desk.routes",                                         DAY,     Of.DAY, by=Door.PAGE),
    *rows("GET",  "office.sign",                                         LEADING, Of.ROUTE, by=Door.PAGE),
    *rows("GET",  "office.timeline office.plan_file",                    LEADING, by=Door.PAGE),
    *rows("GET",  "office.phase_rules",                                  LEADING, Of.PHASE, by=Door.PAGE),
    *rows("GET",  "office.draft office.draft_file office.ask_to_adopt",  LEADING, by=Door.PAGE),
    *rows("POST", "office.begin_draft office.add_phase office.take_file", LEADING, by=Door.PAGE),
    *rows("GET",  "office.draft_phase office.draft_rules",               LEADING, Of.PHASE, by=Door.PAGE),
    *rows("GET",  "office.draft_rule office.preview_draft",              LEADING, Of.PHASE, by=Door.PAGE),
    *rows("POST", "office.change_phase office.remove_phase",             LEADING, Of.PHASE, by=Door.PAGE),
    *rows("POST", "office.order_rules office.change_rule",               LEADING, Of.PHASE, by=Door.PAGE),
    *rows("POST", "office.adopt_draft office.renew_draft office.drop_draft", LEADING, by=Door.PAGE),
    *rows("GET",  "office.closures office.new_closure",                  LEADING, by=Door.PAGE),
    *rows("GET",  "office.closure",                                      LEADING, Of.CLOSURE, by=Door.PAGE),
    *rows("POST", "office.close",                                        LEADING, by=Door.PAGE),
    *rows("POST", "office.end_closure",                                  LEADING, Of.CLOSURE, by=Door.PAGE),
    *rows("GET",  "office.measures",                                     LEADING, by=Door.PAGE),
    *rows("GET",  "office.measure",                                      LEADING, Of.MEASURE, by=Door.PAGE),
    *rows("POST", "office.put_on_file office.import_participants",       LEADING, Of.MEASURE, by=Door.PAGE),
    *rows("POST", "office.note_hygiene_plan",                            LEADING, Of.MEASURE, by=Door.PAGE),
    *rows("POST", "office.take_off_file",                              LEADING, Of.PARTICIPANT, by=Door.PAGE),
    *rows("POST", "office.release_change office.undo_change",            LEADING, Of.MEASURE, by=Door.PAGE),
    *rows("GET",  "office.poster",                                       LEADING, Of.PHASE, by=Door.PAGE),
    *rows("GET",  "office.figures office.figures_file office.backlog",   LEADING, by=Door.PAGE),
    # Calls of the API ---------------------------------------------------------------------------------------
    *rows("GET",  "offers.services offers.decision offers.search",       ALL,     by=Door.API),
    *rows("POST", "bookings.book",                                       DAY | {Role.CUSTOMER}, by=Door.API),
    *rows("GET",  "bookings.bookings",                                   DAY,     by=Door.API),
    *rows("GET",  "bookings.booking",                                    DAY,     Of.BOOKING, by=Door.API),
    *rows("POST", "bookings.move bookings.cancel bookings.check_in",     DESK,    Of.BOOKING, by=Door.API),
    *rows("POST", "bookings.call bookings.serve bookings.finish",        DESK,    Of.BOOKING, by=Door.API),
    *rows("POST", "bookings.no_show",                                    DESK,    Of.BOOKING, by=Door.API),
    *rows("POST", "bookings.approve bookings.decline",                   ANSWERING, Of.BOOKING, by=Door.API),
    *rows("GET",  "events.events",                       DAY | {Role.CUSTOMER}, by=Door.API),
    *rows("GET",  "events.event",                                        DAY,     Of.EVENT, by=Door.API),
    *rows("POST", "events.plan_event",                                   DESK,    by=Door.API),
    *rows("POST", "events.sign_up",            DAY | {Role.CUSTOMER}, Of.EVENT, by=Door.API),
    *rows("GET",  "enquiries.enquiries",                                 DAY,     by=Door.API),
    *rows("GET",  "enquiries.enquiry",                                   DAY,     Of.ENQUIRY, by=Door.API),
    *rows("POST", "enquiries.take_enquiry",                              DAY,     by=Door.API),
    *rows("POST", "enquiries.see_to_enquiry",                            DAY,     Of.ENQUIRY, by=Door.API),
    *rows("POST", "enquiries.take_back_enquiry",                         DAY,     Of.ENQUIRY, by=Door.API),
    *rows("GET",  "worklist.cases worklist.calls worklist.without_time", DESK,    by=Door.API),
    *rows("POST", "worklist.decide",                                     DESK,    Of.BOOKING, by=Door.API),
    *rows("GET",  "closures.closures closures.preview_closure",          LEADING, by=Door.API),
    *rows("GET",  "closures.closure",                                    LEADING, Of.CLOSURE, by=Door.API),
    *rows("POST", "closures.close",                                      LEADING, by=Door.API),
    *rows("POST", "closures.end_closure closures.open_again",            LEADING, Of.CLOSURE, by=Door.API),
    *rows("GET",  "hotlines.hotlines",                                   DAY,     by=Door.API),
    *rows("POST", "hotlines.count_call hotlines.take_call_back",         DAY,     Of.HOTLINE, by=Door.API),
    *rows("GET",  "hotlines.roster",                                     LEADING, by=Door.API),
    *rows("POST", "hotlines.add_shift hotlines.import_roster",           LEADING, by=Door.API),
    *rows("POST", "hotlines.remove_shift",                               LEADING, Of.SHIFT, by=Door.API),
    *rows("GET",  "phases.phases",                                       LEADING, by=Door.API),
    *rows("GET",  "phases.preview",                                      LEADING, Of.PHASE, by=Door.API),
    *rows("GET",  "metrics.metrics",                                     MACHINES, by=Door.API),
    # Open to everybody: nothing of these tells of a person, nothing changes more than the caller's own ----
    *rows("GET",  "desk.sign_in health.healthz health.readyz",           NOBODY,  by=Door.OPEN),
    # 404 without a token of the role entrance; number and counter alone:
    *rows("GET",  "public.start public.concern public.times",            NOBODY,  by=Door.OPEN),
    *rows("GET",  "public.details public.done public.slip",              NOBODY,  by=Door.OPEN),
    *rows("POST", "public.choose public.check_or_book",                  NOBODY,  by=Door.OPEN),
    *rows("GET",  "public.visit public.ask_to_cancel public.other_times", NOBODY, by=Door.OPEN),
    *rows("GET",  "public.calendar_file",                                NOBODY,  by=Door.OPEN),
    *rows("GET",  "public.lost_link public.link_sent",                   NOBODY,  by=Door.OPEN),
    *rows("GET",  "public.events public.event",                          NOBODY,  by=Door.OPEN),
    *rows("POST", "public.sign_up",                                      NOBODY,  by=Door.OPEN),
    *rows("GET",  "public.ask public.question_sent",                     NOBODY,  by=Door.OPEN),
    *rows("POST", "public.send_question",                                NOBODY,  by=Door.OPEN),
    *rows("GET",  "public.statement",                                    NOBODY,  by=Door.OPEN),
    *rows("POST", "public.report_barrier",                               NOBODY,  by=Door.OPEN),
    *rows("POST", "public.send_link",                                    NOBODY,  by=Door.OPEN),
    *rows("POST", "public.wish_earlier public.answer_offer public.let_go", NOBODY,  by=Door.OPEN),
    *rows("POST", "public.cancel public.move",                           NOBODY,  by=Door.OPEN),
    # 404 without the secret that a manager gave out; times without names:
    *rows("GET",  "feeds.feed",                                          NOBODY,  by=Door.OPEN),
    *rows("GET",  "desk.wall",                                           NOBODY,  by=Door.OPEN),
    *rows("GET",  "api-docs.openapi_json",                               NOBODY,  by=Door.OPEN),
    *rows("GET",  "static",                                              NOBODY,  Of.FILE, by=Door.OPEN),
    *rows("POST", "desk.begin_session desk.sign_out",                    NOBODY,  by=Door.OPEN),
    *rows("POST", "desk.choose_language desk.choose_theme desk.choose_keys", NOBODY, by=Door.OPEN),
    # 404 outside the demonstration, where everybody is invented:
    *rows("POST", "desk.begin_demonstration_session desk.set_office_clock", NOBODY,  by=Door.OPEN),
]
# fmt: on
