"""Looks at decisions: what the phase rules say to a visit, as the API and the command line tell it."""

from typing import Any

from scheduler.adapters.words import ruling_in_words
from scheduler.domain.phases import Ruling
from scheduler.domain.plans import Plan


def ruling_values(plan: Plan, ruling: Ruling, language: str) -> dict[str, Any]:
    """The decision as the contract defines it, with its sentence in `language`."""
    return {
        "phase": ruling.phase.key if ruling.phase else None,
        "decision": ruling.decision,
        "channels": list(ruling.channels),
        "kinds": list(ruling.kinds),
        "rule": ruling.rule,
        "text": ruling_in_words(plan, ruling, language),
    }
