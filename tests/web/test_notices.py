"""People still to be told, and mails with what became of them."""

from dataclasses import replace
from email import message_from_bytes

import pytest

from models.outbox import OutboxRow
from scheduler.adapters.mail import Maildir
from scheduler.domain.bookings import Party
from scheduler.domain.notices import NoticeState
from scheduler.domain.roles import Role
from scheduler.usecases import bookings as usecases
from scheduler.usecases.outbox import deliver_due
from scheduler.web.words import actor
from tests.cast import ADA, BRUNO, CHEN, DORIT
from tests.factories import Office
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import Reader, words_of


def test_who_has_no_email_stands_in_the_list_the_soonest_visit_first(
    reception: Reader, desk_office: Office
) -> None:
    desk_office.book("general", "2020-03-20 09:00", customer=BRUNO)
    desk_office.book("general", "2020-03-10 09:00", customer=CHEN)
    desk_office.book("general", "2020-03-11 09:00", customer=DORIT)
    desk_office.book("general", "2020-03-11 10:00", customer=ADA)

    page = reception.get("/to-be-told")

    assert [words_of(title) for title in page.all("h2", class_="kern-title card__title")] == [
        CHEN.name,
        DORIT.name,
        BRUNO.name,
    ]
    assert "Musterstadt" in page.said()
    assert str(CHEN.phone) in page.said()


def test_the_desk_reads_in_german_what_it_says_to_somebody_in_another_language(
    reception: Reader, desk_office: Office
) -> None:
    desk_office.book("general", customer=replace(CHEN, language="uk"))
    page = reception.get("/to-be-told")
    german, own = page.all("div", class_="lines letter", lang="de"), page.all("div", lang="uk")
    assert words_of(german[0]).startswith(f"Guten Tag {CHEN.name}, das ist Ihr Termin:")
    assert words_of(own[0]).startswith(f"Добрий день, {CHEN.name}!")


def test_a_tick_is_noted_and_can_be_taken_back(reception: Reader, desk_office: Office) -> None:
    (notice,) = desk_office.notices(desk_office.book("general", customer=CHEN))
    reception.get("/to-be-told")

    ticked = reception.follow(reception.post(f"/to-be-told/{notice.id}/tick-off"))
    again = reception.post(f"/to-be-told/{notice.id}/tick-off", 409)
    back = reception.follow(reception.post(f"/to-be-told/{notice.id}/untick"))

    assert "Everybody has been told" in ticked.said()
    assert again.status == 409
    assert CHEN.name in words_of(back.all("h2", class_="kern-title card__title")[0])
    reception.post("/to-be-told/999/tick-off", 404)


def test_who_was_not_told_in_time_stands_apart(reception: Reader, desk_office: Office) -> None:
    desk_office.book("general", "2020-03-10 09:00", customer=CHEN)
    desk_office.wait_until("2020-03-10 12:00")

    page = reception.follow(reception.sign_in("reception"))
    page = reception.get("/to-be-told")

    assert "Too late, the visit is over (1)" in page.said()


def test_long_lists_go_on_on_further_pages(reception: Reader, desk_office: Office) -> None:
    for day in range(9, 20):
        for hour in ("09:00", "09:15", "09:30", "09:45", "10:00", "10:15"):
            if day not in (9, 14, 15):
                desk_office.book("documents", f"2020-03-{day:02} {hour}", customer=CHEN)
                desk_office.book("documents", f"2020-03-{day:02} {hour}", customer=ADA)
    names = []
    address = "/to-be-told"
    while address:
        page = reception.get(address)
        links = [link.get("href") or "" for link in page.all("a", class_="kern-link")]
        names += [link for link in links if link.startswith("/bookings/")]
        more = [link for link in page.all("a") if "after=" in (link.get("href") or "")]
        address = (more[0].get("href") or "") if more else ""

    assert len(names) == len(set(names)) == 48
    assert reception.get("/notices?after=1").all("h1")
    reception.get("/notices?after=x", 422)


def test_a_mail_is_shown_as_it_was_sent_and_can_be_saved(
    reception: Reader, desk_office: Office, tmp_path_factory: pytest.TempPathFactory
) -> None:
    visit = desk_office.book("general", "2020-03-11 09:00")
    (notice,) = desk_office.notices(visit)
    waiting = reception.get(f"/notices/{notice.id}")
    deliver_due(desk_office.database, Maildir(tmp_path_factory.mktemp("mails")), clock=desk_office.clock)

    page = reception.get(f"/notices/{notice.id}")
    mail = reception.client.get(f"/notices/{notice.id}.eml")
    entry = reception.client.get(f"/notices/{notice.id}.ics")

    assert "waiting" in waiting.said()
    for words in ("Ada Arendt <ada@example.org>", visit.reference, "METHOD:REQUEST", "sent"):
        assert words in page.said()
    assert message_from_bytes(mail.data)["To"]
    assert mail.headers["Content-Disposition"].startswith("attachment")
    assert entry.data.startswith(b"BEGIN:VCALENDAR\r\n")
    assert visit.reference in reception.get("/notices").said()


def test_a_mail_that_was_not_written_yet_cannot_be_saved(reception: Reader, desk_office: Office) -> None:
    (notice,) = desk_office.notices(desk_office.book("general"))

    reception.get(f"/notices/{notice.id}.eml", 404)
    reception.get("/notices/999", 404)


@pytest.mark.parametrize("number", ["2147483648", "99999999999999999999"])
def test_a_number_that_no_notice_can_have_is_not_found(reception: Reader, number: str) -> None:
    reception.get(f"/notices/{number}", 404)
    reception.get(f"/notices/{number}.eml", 404)
    for deed in (f"notices/{number}/retry", f"to-be-told/{number}/tick-off", f"to-be-told/{number}/untick"):
        reception.post(f"/{deed}", 404)


def test_a_mail_that_was_set_aside_is_tried_again(reception: Reader, desk_office: Office) -> None:
    (notice,) = desk_office.notices(desk_office.book("general"))
    with desk_office.database.transaction() as session:
        row = session.get(OutboxRow, notice.id)
        assert row is not None
        row.state, row.problem = NoticeState.QUARANTINED, "mailbox unknown"
    page = reception.get(f"/notices/{notice.id}")

    reception.post(f"/notices/{notice.id}/retry")

    assert "mailbox unknown" in page.said()
    assert "waiting" in reception.get(f"/notices/{notice.id}").said()


def test_a_booking_shows_its_notices_and_its_history(reception: Reader, desk_office: Office) -> None:
    visit = desk_office.book("general", customer=CHEN)
    desk_office.do(usecases.cancel, visit, by=Party.OFFICE, reason="Closed that day.")

    said = reception.get(f"/bookings/{visit.id}").said()

    for words in (
        "Invitation",
        "Cancellation",
        "still to be told",
        "cancelled",
        "by the office",
        "empfang",
    ):
        assert words in said
    assert "staff:empfang" not in said


def test_who_acted_is_said_in_words(desk_office: Office, open_web: OpenWeb) -> None:
    visit = desk_office.book("benefit_emergency", "2020-03-16 09:00", resource="counter-1")
    desk_office.switch_into("preventive", "appointments_cancelled")
    reader = signed_in(open_web(desk_office), Role.RECEPTION, "de")

    said = reader.get(f"/bookings/{visit.id}").said()

    assert "Umstellung (automatisch)" in said
    assert "zu prüfen" in said


@pytest.mark.parametrize(
    "name, said",
    [
        ("token:hotline", "Interface hotline"),
        ("staff:empfang", "empfang"),
        ("job:other", "other"),
        ("operator", "Command line"),
        ("somebody", "somebody"),
    ],
)
def test_every_actor_has_a_word(desk_office: Office, open_web: OpenWeb, name: str, said: str) -> None:
    with open_web(desk_office).test_request_context(headers={"Accept-Language": "en"}):
        assert actor(name) == said


def test_a_mail_that_did_not_arrive_is_told_by_somebody(reception: Reader, desk_office: Office) -> None:
    visit = desk_office.book("general", "2020-03-11 09:00", customer=replace(ADA, phone="030 123"))
    (notice,) = desk_office.notices(visit)
    with desk_office.database.transaction() as session:
        row = session.get(OutboxRow, notice.id)
        assert row is not None
        row.state, row.problem = NoticeState.QUARANTINED, "mailbox unknown"

    page = reception.get("/to-be-told")
    ticked = reception.follow(reception.post(f"/to-be-told/{notice.id}/tick-off"))
    back = reception.follow(reception.post(f"/to-be-told/{notice.id}/untick"))

    for words in ("E-mail did not arrive: mailbox unknown", "030 123", "booked"):
        assert words in page.said()
        assert words in back.said()
    assert "Everybody has been told" in ticked.said()


def test_a_mail_that_is_late_is_told_by_somebody_before_it_leaves(
    reception: Reader, desk_office: Office
) -> None:
    visit = desk_office.book("general", "2020-03-10 09:00", customer=replace(ADA, phone="030 123"))
    (notice,) = desk_office.notices(visit)
    before = reception.get("/to-be-told")
    with desk_office.database.transaction() as session:
        row = session.get(OutboxRow, notice.id)
        assert row is not None
        row.problem = "the mail server did not answer in time"

    page = reception.get("/to-be-told")
    ticked = reception.follow(reception.post(f"/to-be-told/{notice.id}/tick-off"))

    assert "Everybody has been told" in before.said()
    for words in ("E-mail has not left yet", "the mail server did not answer in time", "030 123"):
        assert words in page.said()
    assert "Everybody has been told" in ticked.said()


def test_a_card_shows_how_the_booking_stands_now(reception: Reader, desk_office: Office) -> None:
    visit = desk_office.book("general", customer=CHEN)
    desk_office.do(usecases.cancel, visit, by=Party.OFFICE, reason="Closed that day.")

    page = reception.get("/to-be-told")

    assert [words_of(badge) for badge in page.all("span", class_="status status--cancelled")]
