"""The rules of the house that no tool checks by itself."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from scheduler.app import create_app
from tests.applications import config_for

ROOT = Path(__file__).resolve().parent.parent
COMMITTING = {"commit"}
WRITING = {
    *("add", "add_all", "delete", "merge", "flush", "commit", "transaction", "insert", "update"),
    *("bulk_save_objects", "bulk_insert_mappings", "bulk_update_mappings", "begin", "begin_nested", "text"),
}
"""What writes on a session or makes a statement that does; `text` could say anything."""

SET_METHODS = {"add", "update", "insert"}
"""These are also what sets, dicts and lists do, so a name counts only where it belongs to a session."""

READING_SETTINGS = {
    "config.py",
    "wsgi.py",
    "scheduler/cli.py",
    "jobs/__main__.py",
    "models/migrations/env.py",
}


def sources(*places: str) -> Iterator[tuple[str, ast.Module]]:
    """The modules below some places of the repository, each with its path from there."""
    for place in places:
        files = [ROOT / place] if place.endswith(".py") else sorted((ROOT / place).rglob("*.py"))
        for file in files:
            if file.exists():
                yield file.relative_to(ROOT).as_posix(), ast.parse(file.read_text("utf-8"))


PRODUCT = ("scheduler", "models", "forms", "jobs", "config.py", "wsgi.py")


def calls(tree: ast.Module) -> Iterator[tuple[int, str | None, str]]:
    """Every call with its line, what it is called on (None for a plain name) and its name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield node.lineno, ast.unparse(node.func.value), node.func.attr
            elif isinstance(node.func, ast.Name):
                yield node.lineno, None, node.func.id


def commits(tree: ast.Module) -> list[int]:
    """The lines that commit."""
    return [line for line, _, name in calls(tree) if name in COMMITTING]


def writes(tree: ast.Module) -> list[int]:
    """The lines that write to a database, or might."""
    return [
        line
        for line, owner, name in calls(tree)
        if name in WRITING and (name not in SET_METHODS or owner is None or "session" in owner)
    ]


def imports(tree: ast.Module) -> set[str]:
    """The modules that a module imports."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_only_the_database_commits() -> None:
    found = [
        f"{path}:{line}"
        for path, tree in sources(*PRODUCT)
        for line in commits(tree)
        if path != "models/database.py"
    ]

    assert found == []


def test_queries_never_write() -> None:
    found = [f"{path}:{line}" for path, tree in sources("scheduler/queries") for line in writes(tree)]

    assert found == []


def test_the_rules_import_the_standard_library_only() -> None:
    found = {
        f"{path} imports {module}"
        for path, tree in sources("scheduler/domain")
        for module in imports(tree)
        if module.partition(".")[0] not in sys.stdlib_module_names
        and not module.startswith("scheduler.domain")
    }

    assert found == set()


def test_only_the_entrances_read_the_environment() -> None:
    found = {
        path
        for path, tree in sources(*PRODUCT)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv", "from_environ")
    }

    assert found <= READING_SETTINGS


OPEN_TO_ALL = {"static", "api-docs.openapi_json"}
"""What libraries serve, so that nothing can be written beside it."""


def undeclared(app: Flask) -> set[str]:
    """The endpoints that neither ask for a permission nor say that they are public."""
    return {
        endpoint
        for endpoint, view in app.view_functions.items()
        if not hasattr(view, "permission") and not getattr(view, "public", False)
    }


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path) -> Flask:
    return create_app(config_for(sqlite_url, tmp_path, demo=True))


def test_every_endpoint_says_who_may_ask(app: Flask) -> None:
    assert undeclared(app) <= OPEN_TO_ALL


def test_what_is_open_to_all_only_looks(app: Flask) -> None:
    changing = {rule.endpoint for rule in app.url_map.iter_rules() if rule.methods and "POST" in rule.methods}

    assert changing.isdisjoint(OPEN_TO_ALL)


def test_an_endpoint_that_says_nothing_is_recognised(app: Flask) -> None:
    app.add_url_rule("/new", "new", lambda: "", methods=["POST"])

    assert "new" in undeclared(app)


@pytest.mark.parametrize(
    "line",
    [
        "session.add(row)",
        "session.delete(row)",
        "session.execute(insert(Booking))",
        "session.execute(update(Booking).values(status='done'))",
        "session.flush()",
        "with database.transaction() as session: ...",
        "session.execute(text('DELETE FROM bookings'))",
    ],
)
def test_a_line_that_writes_is_recognised(line: str) -> None:
    assert writes(ast.parse(line)) == [1]


@pytest.mark.parametrize(
    "line", ["seen.add(booking.id)", "words.update(more)", "session.scalars(select(Booking))"]
)
def test_a_line_that_only_looks_is_let_through(line: str) -> None:
    assert writes(ast.parse(line)) == []


def test_a_line_that_commits_is_recognised() -> None:
    assert commits(ast.parse("session.commit()")) == [1]
