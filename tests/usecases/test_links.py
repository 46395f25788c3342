"""Lost links: sent again to the address on file, whoever asks, and never more than the caps allow."""

import pytest

from models.links import LinkRequest
from scheduler.domain.bookings import Party
from scheduler.domain.errors import Invalid
from scheduler.domain.limits import NO_LIMITS, Limits
from scheduler.domain.notices import Template
from scheduler.usecases import bookings
from scheduler.usecases.links import ask_for_links, send_links
from tests.cast import ADA, BRUNO, CHEN
from tests.factories import Office

TYPED = f" {(ADA.email or '').upper()} "


def ask(office: Office, email: str) -> None:
    with office.database.transaction() as session:
        ask_for_links(session, email)


def sent(office: Office, limits: Limits = NO_LIMITS) -> int:
    return send_links(office.database, clock=office.clock, limits=limits)


def test_the_links_of_all_visits_to_come_are_sent_to_the_address_on_file(office: Office) -> None:
    first = office.book(starts="2020-03-11 09:00", customer=ADA)
    second = office.book(starts="2020-03-12 09:00", customer=ADA)
    cancelled = office.book(starts="2020-03-12 10:00", customer=ADA)
    other = office.book(starts="2020-03-12 11:00", customer=CHEN)
    office.do(bookings.cancel, cancelled, by=Party.CUSTOMER)
    for _ in range(2):
        ask(office, TYPED)

    assert sent(office) == 2
    for visit in (first, second):
        assert [row.template for row in office.notices(visit)][1:] == [Template.LINK]
    for visit in (cancelled, other):
        assert Template.LINK not in [row.template for row in office.notices(visit)]
    assert sent(office) == 0
    with office.database.reading() as session:
        assert session.query(LinkRequest).all() == []


def test_whoever_is_not_known_is_sent_nothing(office: Office) -> None:
    office.book(starts="2020-03-11 09:00", customer=BRUNO)
    ask(office, "nobody@example.org")
    assert sent(office) == 0
    office.wait_until("2020-03-11 09:00")
    over = office.book(starts="2020-03-11 10:00", customer=ADA)
    office.wait_until("2020-03-11 10:00")
    ask(office, TYPED)
    assert sent(office) == 0
    assert len(office.notices(over)) == 1


def test_no_address_is_sent_more_mails_than_the_cap_allows(office: Office) -> None:
    for hour in (9, 10, 11):
        office.book(starts=f"2020-03-11 {hour:02}:00", customer=ADA)
    ask(office, TYPED)
    assert sent(office, Limits(mails_an_hour=4)) == 1
    ask(office, TYPED)
    assert sent(office, Limits(mails_an_hour=4)) == 0


@pytest.mark.parametrize("typed, why", [("", "missing"), (" ", "missing"), ("ada", "not_an_email")])
def test_what_is_no_address_is_said(office: Office, typed: str, why: str) -> None:
    with pytest.raises(Invalid) as refused, office.database.transaction() as session:
        ask_for_links(session, typed)
    assert refused.value.fields["email"].why == why
