"""The ways on pages: how full each is, and the signs for it."""

from scheduler.domain.roles import Role
from tests.cast import ADA, CHEN
from tests.factories import Office
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import Reader, words_of


def test_the_load_of_each_way_is_counted_as_its_limit_counts(reception: Reader, desk_office: Office) -> None:
    for place in ("counter-1", "counter-2"):
        desk_office.book("general", "2020-03-11 09:00", resource=place, customer=ADA)
    desk_office.book("documents", "2020-03-11 09:10", resource="counter-3", customer=CHEN)
    page = reception.get("/day/2020-03-11/routes")
    rows = [words_of(row) for row in page.all("tr")]
    assert any(row.startswith("09:00") and "2 of 4" in row for row in rows)
    assert any(row.startswith("09:10") and "1 of 4" in row for row in rows)
    assert ADA.name not in page.said()
    assert "/day/2020-03-11/routes" in [a.get("href") for a in reception.get("/day/2020-03-11").all("a")]
    assert "Nobody is booked on this way." in reception.get("/day/2020-03-12/routes").said()


def test_a_sign_says_the_way_in_every_language(desk_office: Office, open_web: OpenWeb) -> None:
    leading = signed_in(open_web(desk_office), Role.MANAGER)
    page = leading.get("/office/signs/entrance")
    tongues = [section.get("lang") for section in page.all("section")]
    assert {"de", "en", "ar", "uk", "tr"} <= set(tongues)
    assert "der gelben Linie folgen" in page.said()
    assert "اتبعوا الخط الأصفر" in page.said()
    leading.get("/office/signs/nowhere", 404)
