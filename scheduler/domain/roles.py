"""Who may do what: roles and the atomic rights that they hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    CUSTOMER = "customer"
    RECEPTION = "reception"
    CASEWORKER = "caseworker"
    MANAGER = "manager"
    HOTLINE = "hotline"
    ENTRANCE = "entrance"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """One atomic right; a page or call asks for one of these, never for a role."""

    BOOK = "booking.book"
    READ_BOOKINGS = "booking.view"
    CHANGE_BOOKINGS = "booking.change"
    ADMIT = "walk_in.admit"
    ANSWER_REQUESTS = "request.answer"
    VIEW_DAY = "day.view"
    INTERRUPT_PLACES = "place.interrupt"
    VIEW_PLAN = "plan.view"
    VIEW_NOTICES = "notice.view"
    TICK_OFF_NOTICES = "notice.tick_off"
    EDIT_PLAN = "plan.edit"
    APPLY_PLAN = "plan.apply"
    LET_IN = "entrance.let_in"
    CATCH_UP = "catchup.enter"
    USE_ALARM = "alarm.use"
    SEE_HINTS = "hint.view"
    SET_HINTS = "hint.set"
    VIEW_DISPLAY = "display.view"
    VIEW_METRICS = "metrics.view"
    SEE_TO_ENQUIRIES = "enquiry.see_to"
    FILE_APPLICATIONS = "application.file"
    COUNT_CALLS = "hotline.count"
    EDIT_ROSTERS = "roster.edit"
    EDIT_CASEWORKERS = "caseworker.edit"
    VIEW_FIGURES = "figures.view"
    EDIT_STATEMENTS = "statement.edit"
    MANAGE_STAFF = "staff.manage"
    EXPORT_PEOPLE = "person.export"
    ERASE_PEOPLE = "person.erase"
    VIEW_RETENTION = "retention.view"
    MANAGE_FEEDS = "feed.manage"
    VIEW_AUDIT = "audit.view"
    LOOK_AS_OF = "office.as_of"
    SEARCH_STAFF = "audit.search_staff"
    GRANT_SEARCHES = "audit.grant_searches"


#: The right that each change of a booking asks for, by the change's word (domain.bookings.Change).
PERMISSION_FOR: Mapping[str, Permission] = {
    "approve": Permission.ANSWER_REQUESTS,
    "decline": Permission.ANSWER_REQUESTS,
    "move": Permission.CHANGE_BOOKINGS,
    "cancel": Permission.CHANGE_BOOKINGS,
    "check-in": Permission.CHANGE_BOOKINGS,
    "call": Permission.CHANGE_BOOKINGS,
    "serve": Permission.CHANGE_BOOKINGS,
    "finish": Permission.CHANGE_BOOKINGS,
    "no-show": Permission.CHANGE_BOOKINGS,
}

_AT_THE_DESK = {
    Permission.BOOK,
    Permission.READ_BOOKINGS,
    Permission.CHANGE_BOOKINGS,
    Permission.ADMIT,
    Permission.VIEW_DAY,
    Permission.INTERRUPT_PLACES,
    Permission.VIEW_NOTICES,
    Permission.TICK_OFF_NOTICES,
    Permission.LET_IN,
    Permission.VIEW_DISPLAY,
    Permission.CATCH_UP,
    Permission.USE_ALARM,
    Permission.SEE_HINTS,
    Permission.SEE_TO_ENQUIRIES,
    Permission.FILE_APPLICATIONS,
    Permission.COUNT_CALLS,
}

_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.CUSTOMER: frozenset({Permission.BOOK}),
    Role.RECEPTION: frozenset(_AT_THE_DESK),
    Role.CASEWORKER: frozenset(_AT_THE_DESK | {Permission.ANSWER_REQUESTS}),
    Role.MANAGER: frozenset(
        _AT_THE_DESK
        | {
            Permission.ANSWER_REQUESTS,
            Permission.VIEW_PLAN,
            Permission.EDIT_PLAN,
            Permission.APPLY_PLAN,
            Permission.SET_HINTS,
            Permission.VIEW_FIGURES,
            Permission.EDIT_STATEMENTS,
            Permission.EDIT_ROSTERS,
            Permission.EDIT_CASEWORKERS,
            Permission.EXPORT_PEOPLE,
            Permission.ERASE_PEOPLE,
            Permission.VIEW_RETENTION,
            Permission.MANAGE_FEEDS,
            Permission.LOOK_AS_OF,
        }
    ),
    Role.HOTLINE: frozenset(
        {
            Permission.BOOK,
            Permission.READ_BOOKINGS,
            Permission.VIEW_DAY,
            Permission.USE_ALARM,
            Permission.SEE_TO_ENQUIRIES,
            Permission.FILE_APPLICATIONS,
            Permission.COUNT_CALLS,
        }
    ),
    Role.ENTRANCE: frozenset({Permission.LET_IN, Permission.VIEW_DISPLAY, Permission.USE_ALARM}),
    Role.AUDITOR: frozenset({Permission.VIEW_AUDIT, Permission.SEARCH_STAFF, Permission.GRANT_SEARCHES}),
    # Nothing about visits. A monitoring system's token opens the metrics alone: pages take no tokens.
    Role.ADMINISTRATOR: frozenset(
        {
            Permission.VIEW_METRICS,
            Permission.MANAGE_STAFF,
            Permission.VIEW_RETENTION,
            Permission.GRANT_SEARCHES,
        }
    ),
}

#: Those on whose word somebody of the staff may book; a customer books on the own word alone.
BOOKERS = (Role.CUSTOMER, Role.RECEPTION, Role.CASEWORKER, Role.MANAGER, Role.HOTLINE)


def may(role: Role, permission: Permission) -> bool:
    return permission in _PERMISSIONS[role]


def may_book_as(role: Role, booked_by: Role) -> bool:
    """Staff book on anybody's word, customers on their own alone."""
    if not may(role, Permission.BOOK) or booked_by not in BOOKERS:
        return False
    return role is not Role.CUSTOMER or booked_by is Role.CUSTOMER


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: `name` tells a member of staff, a token or a job apart in records, as in "staff:empfang"."""

    name: str
    role: Role
