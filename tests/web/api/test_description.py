"""The API's own description: it is valid and complete, and what it says is so."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema_rs import validator_for
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from scheduler.domain.roles import Role
from tests.web.api.conftest import Programs

CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
_METHODS = ("get", "post", "put", "patch", "delete")


def described(programs: Programs) -> Any:
    return programs.get("/openapi.json", None).get_json()


def operations(description: Any) -> Iterator[tuple[str, str, Any]]:
    for path, methods in description["paths"].items():
        for method in _METHODS:
            if method in methods:
                yield method.upper(), path, methods[method]


def test_every_call_is_described(sqlite_programs: Programs) -> None:
    rules = {
        (method, rule.rule.replace("<", "{").replace(">", "}"))
        for rule in sqlite_programs.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith(("/api/v1", "/healthz", "/readyz", "/metrics"))
        and not rule.rule.endswith("openapi.json")
    }

    assert {(method, path) for method, path, _ in operations(described(sqlite_programs))} == rules


def test_the_description_is_openapi_3_1_with_a_bearer_token(sqlite_programs: Programs) -> None:
    description = described(sqlite_programs)

    assert description["openapi"] == "3.1.0"
    assert description["components"]["securitySchemes"] == {"token": {"type": "http", "scheme": "bearer"}}
    assert description["security"] == [{"token": []}]
    open_to_all = {path for _, path, call in operations(description) if call.get("security") == []}
    assert open_to_all == {"/healthz", "/readyz"}


def test_its_schemas_are_valid_and_every_reference_leads_somewhere(sqlite_programs: Programs) -> None:
    description = described(sqlite_programs)

    for name in description["components"]["schemas"]:
        validator_for({"$ref": f"#/components/schemas/{name}", "components": description["components"]})
    for reference in references(description):
        found = description
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


def test_every_error_is_described_as_a_problem(sqlite_programs: Programs) -> None:
    wrong = [
        (method, path, status)
        for method, path, call in operations(described(sqlite_programs))
        for status, response in call["responses"].items()
        if int(status) >= 400 and path.startswith("/api/")
        if response.get("content", {}).keys() != {"application/problem+json"}
    ]

    assert wrong == []


@pytest.mark.parametrize("role", ["manager", "customer"])
def test_what_the_description_says_is_so(role: str, sqlite_programs: Programs) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", sqlite_programs.app)
    token = sqlite_programs.tokens[Role(role)]

    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        ask_anything(found.ok(), {"Authorization": f"Bearer {token}"})


def ask_anything(operation: Any, headers: dict[str, str]) -> None:
    """A dozen invented requests, right and wrong ones: none breaks the program, answers are as described."""

    @settings(
        max_examples=12,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    @given(st.data())
    def ask(data: st.DataObject) -> None:
        mode = data.draw(st.sampled_from(list(schemathesis.GenerationMode)))
        case = data.draw(operation.as_strategy(generation_mode=mode))
        response = case.call(headers=headers)
        assert response.status_code < 500 or response.status_code == 503
        case.validate_response(response, checks=CHECKS)

    ask()


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    if isinstance(value, list):
        for inner in value:
            yield from references(inner)
