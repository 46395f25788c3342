"""Enquiries by program: taken down, forwarded, promised a call, answered, and taken back."""

from typing import Any

from scheduler.queries.accesses import accesses_to
from tests.web.api.conftest import ADA, Programs, code

QUESTION = {"medium": "phone", "text": "When is my letter coming?", "customer": ADA}


def taken(programs: Programs, **asked: Any) -> Any:
    answer = programs.post("/enquiries", "hotline", json=QUESTION | asked)
    assert answer.status_code == 201, answer.text
    return answer.get_json()


def step(programs: Programs, enquiry: Any, change: str, role: str = "hotline", **sent: Any) -> Any:
    headers = sent.pop("headers", {})
    return programs.post(
        f"/enquiries/{enquiry['id']}/steps", role, json={"change": change} | sent, headers=headers
    )


def test_an_enquiry_stands_on_the_open_list_until_it_is_answered(programs: Programs) -> None:
    enquiry = taken(programs)
    assert (enquiry["status"], enquiry["owner"]) == ("open", "token:hotline")
    assert [one["id"] for one in programs.get("/enquiries").get_json()["open"]] == [enquiry["id"]]
    assert programs.get("/enquiries", mine="true").get_json()["open"] == []

    answered = step(programs, enquiry, "answer", text="Next week.")

    assert answered.get_json()["status"] == "answered"
    lists = programs.get("/enquiries").get_json()
    assert (lists["open"], lists["more"], [one["id"] for one in lists["closed"]]) == (
        [],
        False,
        [enquiry["id"]],
    )
    seen = programs.get(f"/enquiries/{enquiry['id']}").get_json()
    assert [(one["change"], one["text"]) for one in seen["steps"]] == [("answer", "Next week.")]


def test_it_is_forwarded_promised_a_call_and_taken_back(programs: Programs) -> None:
    enquiry = taken(programs, customer=None, phone="030 1234567", service="general")

    assert step(programs, enquiry, "forward", to="Team 3").get_json()["forwarded_to"] == "Team 3"
    promised = step(programs, enquiry, "promise", call_by="2020-03-09T15:00").get_json()
    assert (promised["call_by"], promised["call_at"]) == ("2020-03-09T15:00:00+01:00", "030 1234567")
    assert (
        step(programs, enquiry, "promise", when="hour").get_json()["call_by"] == "2020-03-09T10:00:00+01:00"
    )
    back = programs.post(f"/enquiries/{enquiry['id']}/take-back", "hotline")
    assert back.get_json()["call_by"] == promised["call_by"]
    assert code(programs.post(f"/enquiries/{enquiry['id']}/take-back", "reception")) == "wrong_state"


def test_what_cannot_be_done_is_said(programs: Programs) -> None:
    enquiry = taken(programs, customer={"name": "Bruno Beck"})

    assert step(programs, enquiry, "drop").get_json()["faults"] == {"text": "missing"}
    assert step(programs, enquiry, "book").get_json()["faults"] == {"change": "not_a_word"}
    mailed = step(programs, enquiry, "answer", text="Yes.", by_mail=True)
    assert mailed.get_json()["faults"] == {"by_mail": "no_mail_address"}
    assert step(programs, enquiry, "promise", when="hour").get_json()["faults"] == {"phone": "missing"}
    assert code(step(programs, enquiry, "reopen")) == "wrong_state"
    wrong = programs.post("/enquiries", json=QUESTION | {"text": " ", "medium": "fax"})
    assert wrong.get_json()["faults"] == {"text": "missing", "medium": "not_a_word"}


def test_who_saw_an_older_state_changes_nothing(programs: Programs) -> None:
    enquiry = taken(programs)
    etag = programs.get(f"/enquiries/{enquiry['id']}").headers["ETag"]

    assert step(programs, enquiry, "take", "reception", headers={"If-Match": etag}).status_code == 200
    late = step(programs, enquiry, "forward", to="Team 3", headers={"If-Match": etag})
    assert (late.status_code, code(late)) == (412, "changed_meanwhile")


def test_it_is_taken_down_once_under_its_key_and_reading_it_is_noted(programs: Programs) -> None:
    answers = [programs.post("/enquiries", json=QUESTION, key="one").get_json() for _ in range(2)]
    programs.get(f"/enquiries/{answers[0]['id']}", "manager")

    assert answers[0] == answers[1]
    assert len(programs.get("/enquiries").get_json()["open"]) == 1
    with programs.office.database.reading() as session:
        pages = [one.page for one in accesses_to(session, f"enquiry:{answers[0]['id']}")]
    assert sorted(pages) == ["enquiries.enquiries", "enquiries.enquiry"]
