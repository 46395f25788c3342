"""What a checkout promises: its packages are its own, its foreign files and versions are pinned."""

import importlib
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.vendor import VENDOR, integrity, listed

ROOT = Path(__file__).resolve().parent.parent
TOP_LEVEL = ("scheduler", "models", "forms", "jobs", "config")
LEFT_BEHIND = {
    *(".git", ".venv", "var", "dist", "node_modules", ".hypothesis", ".schemathesis"),
    *(".mypy_cache", ".pytest_cache", ".ruff_cache", ".import_linter_cache", ".grimp_cache"),
}
ADDRESS = re.compile(
    r"://|^\s*(-i|-f|--index-url|--extra-index-url|--find-links)\b|@ file|\.whl\b", re.MULTILINE
)


def files() -> Iterator[Path]:
    """What a clone holds, and what nobody committed yet; without what tools and tests leave behind."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in LEFT_BEHIND and not name.endswith("cache__")]
        yield from (Path(folder) / name for name in names if not name.endswith((".mo", ".pyc")))


@pytest.mark.parametrize("name", TOP_LEVEL)
def test_a_top_level_name_is_ours(name: str) -> None:
    # Their names are so common that some distribution might bring its own.
    module = importlib.import_module(name)

    assert module.__file__ is not None
    assert Path(module.__file__).is_relative_to(ROOT)


def test_the_wheel_holds_the_office_and_nothing_else(tmp_path: Path) -> None:
    build = (sys.executable, "-m", "hatchling", "build", "--target=wheel", f"--directory={tmp_path}")
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    places = ("scheduler", "models", "forms", "jobs", "templates", "config.py", "wsgi.py")
    written = {file.relative_to(ROOT).as_posix() for file in files()}

    assert {name for name in written if name.partition("/")[0] in places} <= packed
    assert {name.partition("/")[0] for name in packed} <= set(places)


def test_vendored_files_are_what_they_were() -> None:
    changed = [
        file.target for file in listed() if integrity((VENDOR / file.target).read_bytes()) != file.integrity
    ]

    assert changed == []


def test_nothing_else_is_vendored() -> None:
    present = {file.relative_to(VENDOR).as_posix() for file in VENDOR.rglob("*") if file.is_file()}

    assert present == {file.target for file in listed()}


def test_every_licence_of_a_vendored_file_lies_beside_it() -> None:
    packages = tomllib.loads((ROOT / "scripts" / "vendor.toml").read_text("utf-8"))["packages"]

    assert all(any("LICENSE" in file["source"] for file in package["files"]) for package in packages)


@pytest.mark.parametrize("file", sorted(ROOT.glob("requirements/*")), ids=lambda file: file.name)
def test_requirements_name_no_address(file: Path) -> None:
    assert ADDRESS.search(file.read_text("utf-8")) is None


@pytest.mark.parametrize("name", ["uv", "runtime", "development"])
def test_every_pinned_version_has_a_hash(name: str) -> None:
    pinned = re.split(r"\n(?=\S)", (ROOT / "requirements" / f"{name}.txt").read_text("utf-8").strip())

    assert all("==" in requirement and "--hash=sha256:" in requirement for requirement in pinned)


def test_the_office_runs_on_the_versions_that_are_tested() -> None:
    runtime, development = (
        set(
            re.findall(
                r"^(\S+==\S+)", (ROOT / "requirements" / f"{name}.txt").read_text("utf-8"), re.MULTILINE
            )
        )
        for name in ("runtime", "development")
    )

    assert runtime <= development


def test_no_file_names_a_place_of_the_machine_it_was_written_on() -> None:
    home = re.compile(rb"(?<![\w/.])/(work|root|opt|home/\w+)/\w")

    named = [
        file.relative_to(ROOT).as_posix()
        for file in files()
        if file.name != "test_house.py" and VENDOR not in file.parents and home.search(file.read_bytes())
    ]

    assert named == []


def test_one_thing_has_one_german_word() -> None:
    catalogue = ROOT / "scheduler" / "translations" / "de" / "LC_MESSAGES" / "messages.po"
    others = r"Buchungsnummer|Fallmanagement|\b[Vv]ersch(?:ieb|ob)en\b"
    assert re.findall(f".*(?:{others}).*", catalogue.read_text(encoding="utf-8")) == []
