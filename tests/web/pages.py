"""A reader of pages for tests: signs in, fills in forms, and checks on every page what must always hold."""

import re
from collections import Counter
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element

import html5lib
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from scheduler.adapters.languages import LANGUAGE_NAMES

PASSWORD = "a long enough password"
_VOICELESS = ("hidden", "submit")

#: A field's value, several of them, or a file with its name.
Typed = str | list[str] | tuple[BinaryIO, str]


class Page:
    """One answer, taken apart."""

    def __init__(self, response: TestResponse) -> None:
        self.response = response
        self.status = response.status_code
        self.text = response.text
        self.root = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(self.text)

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """All elements of a tag with these attributes; `class_` and `for_` stand for the reserved words."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            element
            for element in self.root.iter(tag)
            if all(element.get(name) == value for name, value in wanted.items())
        ]

    def said(self, tag: str = "main") -> str:
        """The text of the first such element, blanks made single."""
        return words_of(self.all(tag)[0])

    def value(self, name: str) -> str:
        """What stands in a field of the page's own form."""
        own = self.all("main")[0]
        for tag in ("input", "select", "textarea"):
            for field in (field for field in own.iter(tag) if field.get("name") == name):
                if tag == "textarea":
                    return (field.text or "").removeprefix("\n")
                if tag == "select":
                    chosen = [option for option in field if option.get("selected") is not None]
                    return (chosen[0].get("value") if chosen else field[0].get("value")) or ""
                if field.get("type") != "radio" or field.get("checked") is not None:
                    return field.get("value") or ""
        raise AssertionError(f"no field {name} has a value")

    def problem(self, name: str) -> str:
        """What is said beside a field."""
        found = self.all("p", id=f"{name}-problem")
        assert found, f"nothing is said beside {name}: {self.said()[:800]}"
        return words_of(found[0])

    def check(self) -> None:
        """What holds for every page: headings, names, labels, languages, nothing that a CSP forbids."""
        elements = [element for element in self.root.iter() if isinstance(element.tag, str)]
        identities = [element.get("id") for element in elements if element.get("id")]
        assert len(self.all("h1")) == 1
        assert [name for name, count in Counter(identities).items() if count > 1] == []
        assert self.all("html")[0].get("lang") in LANGUAGE_NAMES
        assert words_of(self.all("title")[0]).strip()
        labelled = {label.get("for") for label in self.all("label")}
        for element in elements:
            assert not any(name == "style" or name.startswith("on") for name in element.attrib), (
                element.attrib
            )
            assert element.tag != "style"
            if element.tag == "script":
                assert element.get("src")
                assert element.get("nonce")
            if element.tag in ("input", "select", "textarea") and element.get("type") not in _VOICELESS:
                assert element.get("id") in labelled or element.get("aria-label"), element.attrib
            if element.tag in ("a", "button"):
                assert words_of(element).strip() or element.get("aria-label"), element.attrib
            for name in ("aria-describedby", "aria-labelledby", "for"):
                assert set((element.get(name) or "").split()) <= set(identities), element.attrib
            if (element.get("href") or "").startswith("#"):
                assert (element.get("href") or "")[1:] in identities
        policy = self.response.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert self.response.headers["X-Content-Type-Options"] == "nosniff"
        assert self.response.headers["Cache-Control"] == "no-store"


class Reader:
    """Somebody before the pages of one office."""

    def __init__(self, app: Flask, language: str = "en") -> None:
        self.client: FlaskClient = app.test_client()
        self.language = language
        self._token = ""

    def get(self, address: str, status: int = 200, **options: Any) -> Page:
        return self._page(self.client.get(address, headers=self._headers, **options), status)

    def post(self, address: str, status: int = 303, /, **fields: Typed) -> Page:
        """Sends a form with the token of the last page that had one."""
        return self._page(self.send(address, **fields), status)

    def send(self, address: str, /, **fields: Typed) -> TestResponse:
        return self.client.post(address, data=fields | {"csrf_token": self._token}, headers=self._headers)

    def follow(self, page: Page) -> Page:
        return self.get(page.response.headers["Location"])

    def sign_in(self, login: str, password: str = PASSWORD) -> Page:
        self._learn_token(self.client.get("/sign-in", headers=self._headers))
        page = self.post("/sign-in", login=login, password=password)
        self._learn_token(self.client.get("/", headers=self._headers))  # that of the new session
        return page

    @property
    def _headers(self) -> dict[str, str]:
        return {"Accept-Language": self.language}

    def _page(self, response: TestResponse, status: int) -> Page:
        if 300 <= response.status_code < 400:
            assert response.status_code == status, response.headers["Location"]
            page = Page.__new__(Page)
            page.response, page.status, page.text = response, response.status_code, response.text
            return page
        page = Page(response)
        assert page.status == status, page.said()
        page.check()
        self._learn_token(response)
        return page

    def _learn_token(self, response: TestResponse) -> None:
        found = re.search(r'name="csrf_token" value="([^"]+)"', response.text)
        self._token = found[1] if found else self._token


def words_of(element: Element) -> str:
    return " ".join(" ".join(element.itertext()).split())
