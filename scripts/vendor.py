"""Fetches the front end's foreign files, as listed in vendor.toml, into the place from which they are served.

Run by whoever maintains that list, and by nobody else: what it writes is committed. It needs npm.
"""

import base64
import hashlib
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "scripts" / "vendor.toml"
VENDOR = ROOT / "scheduler" / "web" / "static" / "vendor"


@dataclass(frozen=True)
class VendoredFile:
    """File `source` of an npm package, `target` below the vendor folder; its digest as in `integrity=`."""

    package: str
    source: str
    target: str
    integrity: str


def listed() -> Iterator[VendoredFile]:
    """Every file that vendor.toml names."""
    for package in tomllib.loads(LIST.read_text("utf-8"))["packages"]:
        for file in package["files"]:
            yield VendoredFile(f"{package['name']}@{package['version']}", **file)


def integrity(content: bytes) -> str:
    """The digest in the form of the attribute `integrity`."""
    return f"sha384-{base64.b64encode(hashlib.sha384(content).digest()).decode()}"


def _contents(package: str) -> dict[str, bytes]:
    """The files of an npm package by path, without the leading `package/`."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", package]
        packed = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
        with tarfile.open(Path(folder) / packed.stdout.strip()) as archive:
            members = [member for member in archive if member.isfile()]
            return {
                member.name.partition("/")[2]: content.read()
                for member in members
                if (content := archive.extractfile(member))
            }


def main() -> int:
    """Writes every listed file whose digest is the listed one; names the others."""
    faults = 0
    contents = {package: _contents(package) for package in sorted({file.package for file in listed()})}
    for file in listed():
        content = contents[file.package].get(file.source)
        if content is None:
            print(f"{file.package} has no {file.source}", file=sys.stderr)
            faults += 1
        elif (found := integrity(content)) != file.integrity:
            print(f"{file.package} {file.source}: is {found}, not {file.integrity!r}", file=sys.stderr)
            faults += 1
        else:
            target = VENDOR / file.target
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
