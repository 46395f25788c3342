"""Letters: printed together, with the address in the window, and ticked off once they are in the post."""

from dataclasses import replace

from scheduler.domain.bookings import Party
from scheduler.domain.notices import NoticeState
from scheduler.usecases import bookings as usecases
from tests.cast import ADA, BRUNO, CHEN
from tests.factories import Office
from tests.web.pages import Page, Reader, words_of

WRITTEN_TO = replace(BRUNO, phone="030 4711")


def sheets(page: Page) -> list[str]:
    return [words_of(one) for one in page.all("article", class_="post")]


def test_who_has_an_address_alone_gets_a_sheet_the_soonest_visit_first(
    reception: Reader, desk_office: Office
) -> None:
    assert "No letter waits" in reception.get("/letters").said()
    desk_office.book("general", "2020-03-20 10:00", customer=replace(WRITTEN_TO, language="uk"))
    desk_office.book("general", "2020-03-20 09:00", customer=WRITTEN_TO)
    for other in (ADA, CHEN):  # a mail, a call
        desk_office.book("general", customer=other)

    german, both = sheets(reception.get("/letters"))

    assert german.startswith("Terminservice, ")
    assert f"{WRITTEN_TO.name} {' '.join(str(WRITTEN_TO.address).split())}" in german
    assert "Добрий день" not in german
    theirs, ours = both.split("Guten Tag")
    assert "Добрий день" in theirs
    assert ("Стійка" in theirs, "Стійка" in ours, "Kundentheke" in ours) == (True, False, True)
    assert "/termin/b/" in german


def test_a_letter_that_would_come_too_late_is_told_otherwise(reception: Reader, desk_office: Office) -> None:
    desk_office.book("general", "2020-03-20 09:00", customer=WRITTEN_TO)
    desk_office.wait_until("2020-03-19 09:00")
    reception.sign_in("reception")

    page = reception.get("/letters")
    assert sheets(page) == []
    assert "1 letter would come too late by now." in page.said()
    listed = reception.get("/to-be-told").said()
    assert "A letter would come too late by now. 030 4711" in listed


def test_what_is_posted_is_ticked_off_together_and_what_changed_meanwhile_is_not(
    reception: Reader, desk_office: Office
) -> None:
    visits = [
        desk_office.book("general", f"2020-03-20 {hour}:00", customer=WRITTEN_TO) for hour in ("09", 10)
    ]
    printed = reception.get("/letters")
    ids = [one.get("value") or "" for one in printed.all("input", name="letter")]
    assert len(ids) == 2
    desk_office.do(usecases.cancel, visits[1], by=Party.OFFICE)

    page = reception.follow(reception.post("/letters", letter=ids))

    assert "1 letter is ticked off." in page.said()
    assert "Some were not needed any more" in page.said()
    (first,) = desk_office.notices(visits[0])
    assert (first.state, first.settled_by) == (NoticeState.SENT, "staff:reception")
    assert [row.state for row in desk_office.notices(visits[1])] == [NoticeState.WAITING] * 2
    again = reception.follow(reception.post("/letters", letter=ids))
    assert "0 letters are ticked off." in again.said()
    reception.post("/letters", 422)
    reception.post("/letters", 422, letter="99999999999")


def test_a_letter_about_a_cancelled_visit_has_no_code(reception: Reader, desk_office: Office) -> None:
    visit = desk_office.book("general", "2020-03-20 09:00", customer=WRITTEN_TO)
    assert reception.get("/letters").all("div", class_="post__code")
    desk_office.do(usecases.cancel, visit, by=Party.OFFICE)
    page = reception.get("/letters")
    assert len(sheets(page)) == 1
    assert page.all("div", class_="post__code") == []
