"""Hints about people: one of a few codes, never a text, and never for long."""

from datetime import date, timedelta
from enum import StrEnum

from scheduler.domain.errors import invalid

USUAL, LONGEST = timedelta(days=90), timedelta(days=365)


class Code(StrEnum):
    """`second_person`: with a second person only."""

    SECOND_PERSON = "second_person"


#: What stands on the page instead of words that a bystander could read.
SIGNS = {Code.SECOND_PERSON: "Z2"}


def checked_end(until: date, *, today: date) -> date:
    """The last day of a hint. Raises Invalid where it is over already, or too far away."""
    if not today <= until <= today + LONGEST:
        raise invalid("until", "out_of_range", least=today, most=today + LONGEST)
    return until
