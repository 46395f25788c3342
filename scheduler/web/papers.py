"""What is printed for the person to take along, at the desk and at home."""

from typing import Any

from models.bookings import Booking
from scheduler.adapters.letters import text
from scheduler.adapters.notices import with_link
from scheduler.usecases.notices import slip_of
from scheduler.web.frame import current_office_plan, frame, office_now


def slip_values(found: Booking) -> dict[str, Any]:
    """What stands on the slip: its words in the person's language and in German, and where the link leads."""
    link = frame().links.address(found.id)
    notices = [with_link(one, link) for one in slip_of(current_office_plan(), found, now=office_now())]
    return {
        "said": [(notice.written_in, *text(notice)) for notice in notices],
        "link": notices[0].manage_url,
    }
