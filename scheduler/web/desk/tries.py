"""What the staff hear at the door who tried too often: when they may try again."""

from math import ceil

from flask_babel import ngettext

from scheduler.domain.errors import DomainError
from scheduler.web.errors import in_words


def door_in_words(error: DomainError) -> str:
    if "retry_after" not in error.details:
        return in_words(error)
    return ngettext(
        "Too many tries. You can try again in one minute.",
        "Too many tries. You can try again in %(num)s minutes.",
        ceil(error.details["retry_after"] / 60),
    )
