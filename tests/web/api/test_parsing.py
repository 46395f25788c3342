"""What cannot be read: bodies that are no JSON, of the wrong type, or too large; addresses and methods."""

import json
from io import BytesIO

import pytest

from tests.web.api.conftest import Programs, code, wanted

BODIES = {
    "empty": b"",
    "cut off": b'{"service": "general"',
    "not JSON": b"service=general",
    "NaN": b'{"service": NaN}',
    "infinite": b'{"service": -Infinity}',
    "a key twice": b'{"service": "general", "service": "documents"}',
    "not UTF-8": b'{"service": "\xff"}',
    "UTF-16": json.dumps({"service": "general"}).encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "nested deeply": b"[" * 30_000 + b"]" * 30_000,
    "objects nested deeply": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "a huge number": b'{"service": ' + b"9" * 20_000 + b"}",
    "a list": b"[]",
    "a text": b'"general"',
    "a number": b"1",
    "null": b"null",
    "true": b"true",
    "a NUL": b"\x00",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_what_is_no_object_is_invalid(body: bytes, sqlite_programs: Programs) -> None:
    response = sqlite_programs.post("/bookings", data=body, content_type="application/json")

    assert (response.status_code, code(response)) == (422, "invalid")
    assert response.get_json()["fields"]


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x", ""]
)
def test_another_media_type_is_refused(content_type: str, sqlite_programs: Programs) -> None:
    response = sqlite_programs.post("/bookings", data=json.dumps(wanted()), content_type=content_type)

    assert (response.status_code, code(response)) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "application/problem+json", "APPLICATION/JSON"]
)
def test_json_is_taken_under_all_its_names(content_type: str, sqlite_programs: Programs) -> None:
    response = sqlite_programs.post("/bookings", data=json.dumps(wanted()), content_type=content_type)

    assert response.status_code == 201


@pytest.mark.parametrize("size", [64 * 1024 + 1, 900_000, 2_000_000])
def test_a_body_of_more_than_64_kib_is_too_large(size: int, sqlite_programs: Programs) -> None:
    response = sqlite_programs.post("/bookings", data=b" " * size, content_type="application/json")

    assert (response.status_code, code(response)) == (413, "too_large")


def test_a_body_in_chunks_is_no_way_around(sqlite_programs: Programs) -> None:
    body = json.dumps(wanted()).encode()
    chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}

    small, large = (
        sqlite_programs.post(
            "/bookings",
            input_stream=BytesIO(sent),
            content_type="application/json",
            environ_overrides=chunked,
        )
        for sent in (body, body + b" " * 70_000)
    )

    assert small.status_code == 201
    assert (large.status_code, code(large)) == (413, "too_large")


def test_a_body_of_64_kib_is_read(sqlite_programs: Programs) -> None:
    body = json.dumps(wanted()).encode()

    response = sqlite_programs.post(
        "/bookings", data=body + b" " * (64 * 1024 - len(body)), content_type="application/json"
    )

    assert response.status_code == 201


@pytest.mark.parametrize("path", ["/", "/nothing", "/services/", "/bookings/x/explode", "/openapi.yaml"])
def test_an_unknown_address_is_answered_as_a_problem(path: str, sqlite_programs: Programs) -> None:
    response = sqlite_programs.get(path)

    assert (response.status_code, code(response)) == (404, "not_found")


@pytest.mark.parametrize(
    "method, path, allowed",
    [
        ("DELETE", "/services", "GET, HEAD, OPTIONS"),
        ("PUT", "/bookings", "GET, HEAD, OPTIONS, POST"),
        ("GET", "/bookings/x/cancel", "OPTIONS, POST"),
        ("PATCH", "/bookings/x", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_wrong_method_says_which_are_right(
    method: str, path: str, allowed: str, sqlite_programs: Programs
) -> None:
    response = sqlite_programs.send(method, path)

    assert (response.status_code, code(response)) == (405, "method_not_allowed")
    assert response.headers["Allow"] == allowed


def test_head_and_options_say_no_more_than_they_should(sqlite_programs: Programs) -> None:
    head = sqlite_programs.send("HEAD", "/services")
    options = sqlite_programs.send("OPTIONS", "/bookings", None)

    assert (head.status_code, head.data) == (200, b"")
    assert sqlite_programs.send("HEAD", "/services", None).status_code == 401
    assert (options.status_code, set(options.allow)) == (200, {"GET", "HEAD", "OPTIONS", "POST"})


def test_a_page_that_does_not_exist_is_still_answered_with_a_page(sqlite_programs: Programs) -> None:
    assert sqlite_programs.client.get("/nothing").mimetype == "text/html"


@pytest.mark.parametrize(
    "language, detail",
    [("de", "Bitte füllen Sie das aus."), ("en", "Please fill this in.")],
)
def test_a_problem_speaks_the_readers_language(language: str, detail: str, sqlite_programs: Programs) -> None:
    response = sqlite_programs.post(
        "/bookings", json=wanted(customer={}), headers={"Accept-Language": language}
    )

    assert response.get_json()["fields"]["customer.name"] == detail
