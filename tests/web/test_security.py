"""What every answer says about safety, whose address counts, and what becomes of a form without a session."""

import socket
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from scheduler.app import create_app
from scheduler.domain.roles import Role
from scheduler.web.frame import EXTENSION
from tests.applications import config_for
from tests.factories import Office
from tests.servers import Serve
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import PASSWORD, Reader

ROOT = Path(__file__).resolve().parents[2]
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
POLICY = {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"}
A_DAY_S = 24 * 3600


def answers(app: Flask) -> Iterator[tuple[str, TestResponse]]:
    """One of everything: each address, signed in and not, static files, every kind of error."""
    reader = signed_in(app, Role.MANAGER)
    values = {"on": "2020-03-10", "key": "regular", "filename": "theke.css", "row_id": 1, "suffix": "eml"}
    values |= {"name": "impressum", "page": "privacy", "tongue": "de"}
    values |= {
        "change": "cancel",
        "mistake": "check-in",
        "deed": "call",
        "number": 1,
        "step": "take",
        "decision": "keep",
        "shift_id": 1,
        "caseworker_id": 1,
        "absence_id": 1,
        "settlement": "end",
        "employment": "retire",
    }
    nobody = "00000000-0000-4000-8000-000000000000"
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD"}):
            # Whatever else an address names, it names nothing that there is.
            given = {name: values.get(name, nobody) for name in rule.arguments}
            address = adapter.build(rule.endpoint, given, method)
            for client in (reader.client, app.test_client()):
                response = client.open(address, method=method)
                yield f"{method} {rule.endpoint} {response.status_code}", response
                response.close()
    others: Mapping[str, TestResponse] = {
        "unknown page": reader.client.get("/nonsense"),
        "unknown call": reader.client.get("/api/v1/nonsense"),
        "unknown file": reader.client.get("/static/nothing.js"),
        "outside of static": reader.client.get("/static/../../config.py"),
        "wrong method": reader.client.delete("/notices"),
        "too large": reader.client.post("/theme", data={"theme": "x" * 2_000_000}),
        "too many fields": reader.client.post("/theme", data={f"f{n}": "x" for n in range(2000)}),
        "too large call": reader.client.post("/api/v1/bookings", data="x" * 2_000_000),
        "redirect": reader.client.get("/day?date=2020-03-10"),
        "broken": reader.client.get("/broken"),
    }
    yield from others.items()


def faults_of(response: TestResponse, *, https: bool) -> list[str]:
    wrong = [name for name, value in ALWAYS.items() if response.headers.get(name) != value]
    policy = response.headers.get("Content-Security-Policy", "")
    if not set(policy.split("; ")) >= POLICY or "unsafe" in policy or "http" in policy or "*" in policy:
        wrong.append(f"policy {policy}")
    if ("Strict-Transport-Security" in response.headers) is not https:
        wrong.append("HSTS")
    cached = response.headers.get("Cache-Control", "")
    asked = response.request
    is_file = asked.path.startswith("/static/") and asked.method == "GET" and response.status_code == 200
    if ("max-age" in cached) is not is_file or ("no-store" in cached) is is_file:
        wrong.append(f"Cache-Control {cached}")
    if response.headers.get("Access-Control-Allow-Origin") or "Python" in response.headers.get("Server", ""):
        wrong.append("tells too much")
    return wrong


@pytest.fixture
def broken_app(desk_office: Office, tmp_path: Path) -> Iterator[Flask]:
    """With an address that breaks, under https."""
    app = create_app(config_for(desk_office.database, tmp_path, base_url="https://localhost"))
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], clock=desk_office.clock)
    app.config["PREFERRED_URL_SCHEME"] = "https"  # for the test's browser, which keeps the cookie then
    app.add_url_rule("/broken", "broken", lambda: 1 / 0)  # type: ignore[arg-type]
    yield app
    app.extensions[EXTENSION].database.dispose()


def test_every_answer_is_guarded_errors_and_files_too(broken_app: Flask) -> None:
    wrong, statuses = {}, set()
    for what, response in answers(broken_app):
        statuses.add(response.status_code)
        if faults := faults_of(response, https=True):
            wrong[what] = faults

    assert wrong == {}
    assert statuses >= {200, 303, 400, 401, 404, 405, 413, 500}


def test_without_https_nothing_is_promised_about_it(desk_office: Office, open_web: OpenWeb) -> None:
    response = Reader(open_web(desk_office)).get("/sign-in").response

    assert faults_of(response, https=False) == []


def test_an_answer_without_its_guards_is_found(desk_office: Office, tmp_path: Path) -> None:
    """The negative control."""
    app = create_app(config_for(desk_office.database, tmp_path))
    app.after_request_funcs[None].clear()

    response = app.test_client().get("/sign-in")

    assert set(ALWAYS) < set(faults_of(response, https=True))
    app.extensions[EXTENSION].database.dispose()


def test_no_template_and_no_file_of_ours_calls_another_host_or_runs_inline() -> None:
    # It is saved and opened without a server: it brings its style along, and a policy that forbids the rest.
    saved = ROOT / "templates" / "desk" / "sheets" / "offline.html"
    assert "content=\"default-src 'none'; style-src 'unsafe-inline'\"" in saved.read_text("utf-8")
    pages = [file for file in (ROOT / "templates").rglob("*.html") if "mail" not in file.parts]
    pages.remove(saved)
    own = [*pages, *(ROOT / "scheduler" / "web" / "static").glob("*.*")]
    vendored = list((ROOT / "scheduler" / "web" / "static" / "vendor").rglob("*.css"))
    forbidden = (" style=", "<style", "javascript:", " onclick", " onload", " onsubmit", "innerHTML", "eval(")

    for file in own:
        text = file.read_text("utf-8")
        assert not [word for word in forbidden if word in text], file
        assert "://" not in text.replace("http://www.w3.org/2000/svg", ""), file
    for file in vendored:
        text = file.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "url(http" not in text.replace('"', "").replace("'", ""), file
        assert "url(//" not in text.replace('"', "").replace("'", ""), file
        assert "@import" not in text, file


HEAD = b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\n"


def test_the_server_takes_no_endless_line_and_no_header_that_could_be_two(
    sqlite_url: str, serve: Serve
) -> None:
    malformed = {
        "a long header": HEAD + b"Accept-Language: " + b"x" * 9000 + b"\r\n\r\n",
        "many headers": HEAD + b"".join(b"X-%d: y\r\n" % n for n in range(200)) + b"\r\n",
        "a long address": b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "a broken line": HEAD + b"X-A: a\rX-B: b\r\n\r\n",
        "two lengths": HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "no address": b"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    }
    with serve(sqlite_url, workers=1) as base_url:
        where = ("127.0.0.1", int(base_url.rpartition(":")[2]))
        for what, sent in malformed.items():
            with socket.create_connection(where, timeout=30) as caller:
                caller.sendall(sent)
                answer = caller.recv(2000)
            assert answer.split()[1] in (b"400", b"414", b"431"), (what, answer)
            assert b"Traceback" not in answer


# ------------------------------------------------------------------------------------ whose address counts


def tries(app: Flask, *forwarded: str, address: str = "10.0.0.1") -> list[int]:
    """What wrong passwords are answered, each sent with one X-Forwarded-For."""
    reader = Reader(app)
    reader.get("/sign-in")
    sent = {"login": "reception", "password": "wrong", "csrf_token": reader._token}
    return [
        reader.client.post(
            "/sign-in",
            data=sent,
            headers={"X-Forwarded-For": said} if said else {},
            environ_base={"REMOTE_ADDR": address},
        ).status_code
        for said in forwarded
    ]


def behind(office: Office, folder: Path, proxies: int) -> Flask:
    config = replace(config_for(office.database, folder), trusted_proxies=proxies)
    app = create_app(config)
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], clock=office.clock)
    return app


def test_without_proxies_of_ours_nobody_gets_more_tries_by_other_addresses(
    desk_office: Office, tmp_path: Path
) -> None:
    app = behind(desk_office, tmp_path, 0)

    assert tries(app, *(f"192.0.2.{n}" for n in range(12))) == [422] * 10 + [429] * 2
    app.extensions[EXTENSION].database.dispose()


def test_behind_proxies_the_last_address_that_is_not_ours_counts(desk_office: Office, tmp_path: Path) -> None:
    """The proxy adds whom it saw at the end; everything before it is the caller's own word."""
    app = behind(desk_office, tmp_path, 1)

    made_up = tries(app, *(f"198.51.100.{n}, 192.0.2.1" for n in range(12)))
    rightful = tries(app, "192.0.2.2")

    assert made_up == [422] * 10 + [429] * 2
    assert rightful == [422]
    app.extensions[EXTENSION].database.dispose()


def test_two_proxies_are_two(desk_office: Office, tmp_path: Path) -> None:
    app = behind(desk_office, tmp_path, 2)

    assert tries(app, *(f"192.0.2.{n}, 10.0.0.9" for n in range(12))) == [422] * 12
    app.extensions[EXTENSION].database.dispose()


def test_one_who_has_a_whole_network_has_no_more_tries(desk_office: Office, open_web: OpenWeb) -> None:
    app = open_web(desk_office)

    same = [tries(app, "", address=f"2001:db8:1:2::{n}")[0] for n in range(11)]
    other = tries(app, "", address="2001:db8:1:3::1")

    assert (same[-2:], other) == ([422, 429], [422])


def test_who_guesses_elsewhere_keeps_nobody_out_of_the_own_account(
    desk_office: Office, open_web: OpenWeb
) -> None:
    app = open_web(desk_office)
    tries(app, *[""] * 12, address="203.0.113.7")

    reader = Reader(app)
    reader.get("/sign-in")

    reader.post("/sign-in", 303, login="reception", password=PASSWORD)


# ------------------------------------------------------------------------ when the session has gone meanwhile


def test_who_lost_the_session_learns_so_at_once_and_keeps_what_was_typed(
    desk_office: Office, open_web: OpenWeb
) -> None:
    app = open_web(desk_office)
    reader = signed_in(app, Role.RECEPTION)
    reader.client.delete_cookie("theke")

    page = reader.post("/bookings/new", 401, name="Ada", starts_at="2020-03-11T09:00")

    assert page.value("name") == "Ada"
    assert "Sign in in a second window" in page.said()
