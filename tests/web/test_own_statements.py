"""What the office says of itself, writing it, and the barriers that people report."""

import pytest
from flask import Flask

from scheduler.adapters.languages import CUSTOMER_LANGUAGES
from scheduler.domain.roles import Role
from tests.factories import Office
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import Reader


@pytest.fixture
def app(desk_office: Office, open_web: OpenWeb) -> Flask:
    return open_web(desk_office)


def test_each_page_stands_at_the_foot_of_all_others_and_says_something_by_itself(app: Flask) -> None:
    for language in CUSTOMER_LANGUAGES:
        reader = Reader(app, language)
        start = reader.get("/termin/")
        for name in ("barrierefreiheit", "datenschutz", "impressum"):
            assert start.all("a", href=f"/termin/{name}")
            page = reader.get(f"/termin/{name}")
            assert page.all("html")[0].get("lang") == language
            assert len(page.said()) > 80
    assert "sign language" in Reader(app, "en").get("/termin/barrierefreiheit").said()


def test_a_manager_writes_a_page_and_nobody_overwrites_another(app: Flask) -> None:
    first, second = (signed_in(app, Role.MANAGER) for _ in range(2))
    for writer in (first, second):
        writer.get("/office/statements/imprint/de")
    text = "## Wir\n\nAmt <Musterstadt>\n\n- eins\n- zwei"
    assert (
        "The page is changed."
        in first.follow(first.post("/office/statements/imprint/de", text=text, version="0")).said()
    )
    refused = second.post("/office/statements/imprint/de", 412, text="Anders", version="0")
    assert refused.value("text") == "Anders"

    german, turkish = (Reader(app, language).get("/termin/impressum") for language in ("de", "tr"))
    for page in (german, turkish):
        assert [item.text for item in page.all("li") if item.text in ("eins", "zwei")] == ["eins", "zwei"]
        assert "Amt &lt;Musterstadt&gt;" in page.text
    assert turkish.all("div", lang="de")
    too_long = first.post("/office/statements/imprint/de", 422, text="a" * 20_001, version="1")
    assert "too long" in too_long.problem("text")
    first.get("/office/statements/imprint/de")
    first.post("/office/statements/imprint/de", text="", version="1")
    assert "has not yet written more" in Reader(app, "en").get("/termin/impressum").said()


def test_a_barrier_is_reported_seen_and_settled(app: Flask) -> None:
    reader, manager = Reader(app, "en"), signed_in(app, Role.MANAGER)
    reader.get("/termin/barrierefreiheit")
    wrong = reader.post("/termin/barrierefreiheit", 422, text="Too <b>small</b>.", contact="me")
    assert "not an e-mail address" in wrong.problem("contact")
    assert wrong.value("text") == "Too <b>small</b>."
    sent = reader.follow(reader.post("/termin/barrierefreiheit", text="Too <b>small</b>.", contact=""))
    assert "Your report has arrived." in sent.said()

    page = manager.get("/office/statements")
    assert "Too <b>small</b>." in page.said()
    (form,) = [form for form in page.all("form") if (form.get("action") or "").endswith("/settle")]
    settled = manager.follow(manager.post(form.get("action") or ""))
    assert "The report is settled." in settled.said()
    assert not [form for form in settled.all("form") if (form.get("action") or "").endswith("/settle")]
