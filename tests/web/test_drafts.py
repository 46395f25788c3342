"""The timeline and the draft of the plan on the manager's pages."""

import io
from dataclasses import replace
from datetime import timedelta

import pytest

from scheduler.domain.planexports import write_plan
from scheduler.domain.roles import Role
from scheduler.queries.plans import current_plan
from tests.cast import ADA
from tests.factories import Office, plan_with
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import Page, Reader, Typed

PHASE = "/office/draft/phases/phase_2"


@pytest.fixture
def manager(desk_office: Office, open_web: OpenWeb) -> Reader:
    """Has begun a draft of a plan with one phase to come."""
    desk_office.plan(plan_with("regular", "phase_2"))
    reader = signed_in(open_web(desk_office), Role.MANAGER)
    reader.get("/office/timeline")
    reader.follow(reader.post("/office/draft"))
    return reader


def typed(page: Page) -> dict[str, Typed]:
    """The form of a phase as it is filled in."""
    names = (
        "version",
        "name_de",
        "name_en",
        "starts",
        "announce_at",
        "effects_until",
        "walk_ins",
        "notice_de",
    )
    return {name: page.value(name) for name in names}


def keys(office: Office) -> list[str]:
    with office.database.reading() as session:
        return list(current_plan(session).phases_by_key)


def test_the_timeline_shows_how_far_each_phase_has_come(manager: Reader) -> None:
    page = manager.get("/office/timeline")
    said = page.said()
    assert "Regular operation in force" in said
    assert "Reopening, phase II planned" in said
    assert "Nationwide hotline" in said
    assert "on site Wed, 1 Jan 2020 – Sun, 15 Mar 2020" in said
    assert "Go on with the draft" in said
    assert "differs from this plan" not in said
    assert "format = 1" in manager.client.get("/office/plan.toml").text


def test_the_rules_of_a_phase_say_what_they_come_to(manager: Reader) -> None:
    said = manager.get("/office/timeline/phase_2").said()
    assert "Rule 1: led to other ways" in said
    assert "On whose word: Customer" in said
    assert "4 can be asked for; the office answers" in said


def test_a_phase_is_changed_previewed_and_adopted(manager: Reader, desk_office: Office) -> None:
    desk_office.book("benefit_emergency", "2020-07-21 09:00", customer=ADA)
    form = typed(manager.get(PHASE)) | {"name_de": "Phase zwei", "notice_de": "Neu"}
    page = manager.follow(manager.post(PHASE, **form))
    assert "The draft is changed." in page.said("body")
    assert "Reopening, phase II drafted" in page.said()
    assert "stay 1" in manager.get(f"{PHASE}/preview").said()
    asked = manager.get("/office/draft/adopt")
    assert "Changed: Reopening, phase II" in asked.said()
    done = manager.follow(manager.post("/office/draft/adopt", version=asked.value("version")))
    assert "The draft is the plan now." in done.said("body")
    with desk_office.database.reading() as session:
        assert current_plan(session).phases_by_key["phase_2"].name["de"] == "Phase zwei"


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(manager: Reader) -> None:
    form = typed(manager.get(PHASE))
    wrong = manager.post(PHASE, 422, **form | {"name_de": "", "starts": "soon", "notice_de": "x"})
    assert wrong.problem("name_de")
    assert wrong.problem("starts")
    assert wrong.value("notice_de") == "x"
    assert manager.post(PHASE, 422, **form | {"seats_percent": "101"}).problem("seats_percent")
    late = manager.post(PHASE, 422, **form | {"announce_at": "2020-08-01T00:00"})
    assert "announced after it starts" in late.problem("announce_at")
    past = manager.post(PHASE, 422, **form | {"starts": "2020-02-01T00:00"})
    assert "A new phase cannot start in the past" in past.said() or "can no longer change" in past.said()
    untranslated = manager.post(PHASE, 422, **form | {"name_de": "", "name_en": "Two"})
    assert untranslated.problem("name_de")


def test_whoever_comes_second_is_told_and_decides(
    manager: Reader, desk_office: Office, open_web: OpenWeb
) -> None:
    form = typed(manager.get(PHASE))
    manager.post(PHASE, **form | {"notice_de": "one"})
    told = manager.post(PHASE, 412, **form | {"notice_de": "two"})
    assert "changed the draft on" in told.said()
    assert told.value("notice_de") == "two"
    manager.post(PHASE, **typed(told))
    assert manager.get(PHASE).value("notice_de") == "two"


def test_rules_are_added_ordered_changed_and_taken_out(manager: Reader) -> None:
    rules = f"{PHASE}/rules"
    new = manager.get(f"{rules}/0")
    version = new.value("version")
    refused = manager.post(f"{rules}/0", 422, version=version, decision="redirect")
    assert "A redirect must name at least one channel" in refused.problem("channels")
    page = manager.follow(
        manager.post(f"{rules}/0", version=version, decision="redirect", channels="phone", on_start="cancel")
    )
    number = len(page.all("li", class_="plan-rule"))
    assert f"Rule {number}: led to other ways" in page.said()
    assert "What is booked already: cancelled" in page.said()
    assert "Decides nothing" in page.said()
    up = manager.follow(
        manager.post(
            rules, version=page.all("input", name="version")[0].get("value") or "", do=f"up:{number}"
        )
    )
    assert f"Rule {number}: led to other ways Concerns: all" in up.said()
    out = manager.follow(
        manager.post(rules, version=up.all("input", name="version")[0].get("value") or "", do="remove:1")
    )
    assert len(out.all("li", class_="plan-rule")) == number - 1
    manager.post(rules, 404, version=out.all("input", name="version")[0].get("value") or "", do="down:99")
    manager.post(rules, 412, version="1", do="remove:1")


def test_a_stop_of_bookings_is_one_choice(manager: Reader, desk_office: Office) -> None:
    visit = desk_office.book("general", "2020-03-17 09:00", customer=ADA)
    page = manager.get("/office/draft")
    form = {
        "version": page.value("version"),
        "name": "Annahmestopp",
        "starts": "2020-03-16T00:00",
        "like": "regular",
    }
    assert manager.post("/office/draft/phases", 422, **form | {"name": ""}, do="stop").problem("name")
    manager.follow(manager.post("/office/draft/phases", **form, do="stop"))
    assert "stay 1" in manager.get("/office/draft/phases/annahmestopp/preview").said()
    manager.follow(
        manager.post("/office/draft/adopt", version=manager.get("/office/draft/adopt").value("version"))
    )
    desk_office.wait_until("2020-03-16 08:00")
    assert "annahmestopp" in keys(desk_office)
    assert desk_office.see(visit).status == "booked"


def test_what_is_due_at_once_is_confirmed(manager: Reader, desk_office: Office) -> None:
    form = typed(manager.get(PHASE))
    manager.post(PHASE, **form, at_once="y")
    asked = manager.get("/office/draft/adopt")
    assert "Due at once" in asked.said()
    refused = manager.post("/office/draft/adopt", 409, version=asked.value("version"))
    assert "Some effects would be due at once." in refused.said()
    done = manager.follow(manager.post("/office/draft/adopt", version=asked.value("version"), confirmed="y"))
    assert "announced" in done.said()


def test_a_draft_goes_out_and_comes_in_as_a_file(manager: Reader, desk_office: Office) -> None:
    version = manager.get("/office/draft").value("version")
    saved = manager.client.get("/office/draft.toml")
    assert saved.headers["Content-Disposition"] == 'attachment; filename="draft.toml"'
    plan = plan_with("regular", "phase_2")
    later = replace(
        plan.phases[1], starts=plan.phases[1].starts + timedelta(days=1), announce_at=plan.phases[1].starts
    )
    file = io.BytesIO(write_plan(replace(plan, phases=(plan.phases[0], later))).encode())
    page = manager.follow(manager.post("/office/draft/file", version=version, file=(file, "plan.toml")))
    assert "The draft is what the file says." in page.said("body")
    assert "drafted" in page.said()
    wrong = manager.post(
        "/office/draft/file",
        422,
        version=str(int(version) + 1),
        file=(io.BytesIO(b"format = 2"), "plan.toml"),
    )
    assert "This could not be done yet" in wrong.said()
    missing = manager.post("/office/draft/file", 422, version=str(int(version) + 1))
    assert missing.problem("file")


def test_a_draft_of_an_older_plan_is_carried_over_or_thrown_away(
    manager: Reader, desk_office: Office
) -> None:
    manager.post(PHASE, **typed(manager.get(PHASE)) | {"notice_de": "mine"})
    desk_office.plan(plan_with("regular", "phase_1", "phase_2"))
    page = manager.get("/office/draft")
    assert "Another plan was taken in since" in page.said()
    assert not page.all("a", href="/office/draft/adopt")
    assert (
        "Carry the draft over"
        in manager.post("/office/draft/adopt", 409, version=page.value("version")).said()
    )
    renewed = manager.follow(manager.post("/office/draft/renew", version=page.value("version")))
    assert "Reopening, phase I " in renewed.said()
    assert manager.get(PHASE).value("notice_de") == "mine"
    gone = manager.follow(manager.post("/office/draft/drop", version=renewed.value("version")))
    assert "The draft is thrown away." in gone.said("body")
    manager.get("/office/draft", 404)


def test_reception_sees_neither_timeline_nor_draft(desk_office: Office, open_web: OpenWeb) -> None:
    reader = signed_in(open_web(desk_office), Role.RECEPTION)
    for path in ("/office/timeline", "/office/draft", "/office/plan.toml"):
        reader.get(path, 403)
