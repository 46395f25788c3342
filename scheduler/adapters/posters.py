"""The poster for the door: what holds in a phase, in every language of customers one below the other."""

from collections.abc import Mapping
from dataclasses import dataclass

from scheduler.adapters.languages import CUSTOMER_LANGUAGES, LANGUAGE_NAMES, apart, translations
from scheduler.domain.phases import Phase, WalkIns
from scheduler.domain.plans import Plan
from scheduler.domain.texts import N_, SOURCE_LANGUAGE, Text
from scheduler.domain.wayfinding import Route

_WALK_INS: Mapping[WalkIns, str] = {
    WalkIns.ADMIT: N_("You may come in without an appointment."),
    WalkIns.EXCEPTION: N_("Please make an appointment. Without one we can help in emergencies only."),
    WalkIns.REFUSE: N_("Please do not come in without an appointment."),
    WalkIns.NONE: N_("Please do not come in without an appointment."),
}


@dataclass(frozen=True, slots=True)
class Passage:
    """What stands on the poster in one language.

    `notice` is the office's own text; where it has not translated it, the passage says nothing of the kind,
    since the German one stands above.
    """

    language: str
    name: str
    walk_ins: str
    notice: str | None
    book: str
    reach: str
    channels: tuple[str, ...]


def poster(plan: Plan, phase: Phase) -> list[Passage]:
    """German first, then the others."""
    return [_passage(plan, phase, language) for language in CUSTOMER_LANGUAGES]


def _passage(plan: Plan, phase: Phase, language: str) -> Passage:
    _ = translations(language).gettext
    notice = phase.notice.get(language) if phase.notice is not None else None
    return Passage(
        language,
        LANGUAGE_NAMES[language],
        _(_WALK_INS[phase.walk_ins]),
        notice if notice is None else apart(notice, language),
        _("Make an appointment:"),
        _("This is how you reach us:"),
        tuple(_channel(channel.name, language) for channel in plan.channels),
    )


def sign(route: Route) -> list[tuple[str, str, tuple[str, ...]]]:
    """Language, name and steps of a way, German first, without languages that the office has not written."""
    written = [language for language in CUSTOMER_LANGUAGES if route.steps.get(language)]
    return [(one, _channel(route.name, one), _steps(route, one)) for one in written]


def _steps(route: Route, language: str) -> tuple[str, ...]:
    return tuple(apart(step, language) for step in route.steps[language])


def _channel(name: Text, language: str) -> str:
    return apart(name.get(language, name[SOURCE_LANGUAGE]), language)
