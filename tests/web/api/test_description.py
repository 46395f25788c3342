"""The API's own description: it is valid and complete (that it is true, tests/faults/test_api_fuzz.py)."""

from collections.abc import Iterator
from typing import Any

from jsonschema_rs import validator_for
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

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


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    if isinstance(value, list):
        for inner in value:
            yield from references(inner)
