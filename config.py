"""The settings, read from the environment here and nowhere else; a wrong one refuses to start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from scheduler.adapters.mail import mailbox_from_url

ROOT = Path(__file__).resolve().parent
SECRET_FILE = ROOT / "var" / "secret_key"
_SHORTEST_SECRET = 32
_FEWEST_DIFFERENT_CHARACTERS = 10
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class ConfigError(Exception):
    """`faults`: one line for each setting that is wrong, naming it."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class Config:
    """All settings, checked. `root` is the checkout, where the templates lie."""

    database_url: str
    secret_key: str
    base_url: str
    mail_url: str
    demo: bool
    root: Path = ROOT

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> "Config":
        """Raises ConfigError with every fault at once."""
        faults: list[str] = []

        def setting(name: str, default: str) -> str:
            try:
                return _setting(environ, name, default)
            except OSError as error:
                faults.append(f"{name}_FILE: {environ[name + '_FILE']!r} cannot be read ({error.strerror})")
            except UnicodeDecodeError:
                faults.append(f"{name}_FILE: {environ[name + '_FILE']!r} is not UTF-8 text")
            return default

        config = cls(
            database_url=setting("THEKE_DATABASE_URL", f"sqlite:///{ROOT / 'var' / 'theke.db'}"),
            secret_key=setting("THEKE_SECRET_KEY", _default_secret()),
            base_url=setting("THEKE_BASE_URL", "http://127.0.0.1:8000").rstrip("/"),
            mail_url=setting("THEKE_MAIL_URL", f"maildir:{ROOT / 'var' / 'mails'}"),
            demo=setting("THEKE_DEMO", "").lower() in ("1", "true", "yes", "on"),
        )
        faults += [
            *_database_faults(config.database_url),
            *_secret_faults(config.secret_key),
            *_base_url_faults(config.base_url),
            *_demo_faults(setting("THEKE_DEMO", "")),
            *_mail_faults(config.mail_url, demo=config.demo),
        ]
        if faults:
            raise ConfigError(faults)
        return config

    @property
    def https(self) -> bool:
        return self.base_url.startswith("https://")


def _setting(environ: Mapping[str, str], name: str, default: str) -> str:
    if path := environ.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    return environ.get(name) or default


def _default_secret() -> str:
    try:
        return SECRET_FILE.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _database_faults(url: str) -> list[str]:
    try:
        backend = make_url(url).get_backend_name()
    except (ArgumentError, ValueError):
        return ["THEKE_DATABASE_URL: not a database address; give postgresql://… or sqlite:///…"]
    if backend not in ("sqlite", "postgresql"):
        return [f"THEKE_DATABASE_URL: {backend!r} is not supported; give postgresql://… or sqlite:///…"]
    return []


def _secret_faults(secret: str) -> list[str]:
    if not secret:
        return ["THEKE_SECRET_KEY: missing; run `make setup`, or set a random one of 32 characters or more"]
    if len(secret) < _SHORTEST_SECRET or len(set(secret)) < _FEWEST_DIFFERENT_CHARACTERS:
        return [f"THEKE_SECRET_KEY: too weak; set a random one of {_SHORTEST_SECRET} characters or more"]
    return []


def _base_url_faults(base_url: str) -> list[str]:
    try:
        parts = urlsplit(base_url)
        fits = parts.scheme in ("http", "https") and parts.hostname and not (parts.query or parts.fragment)
    except ValueError:
        fits = False
    return [] if fits else [f"THEKE_BASE_URL: {base_url!r} is not an http or https address"]


def _demo_faults(text: str) -> list[str]:
    known = ("", "0", "1", "false", "true", "no", "yes", "off", "on")
    return [] if text.lower() in known else [f"THEKE_DEMO: {text!r} is neither 1 nor 0"]


def _mail_faults(url: str, *, demo: bool) -> list[str]:
    try:
        mailbox_from_url(url)
    except ValueError as error:
        return [f"THEKE_MAIL_URL: {error}"]
    parts = urlsplit(url)
    if demo and parts.scheme in ("smtp", "smtps") and parts.hostname not in _LOOPBACK:
        return ["THEKE_MAIL_URL: the demonstration (THEKE_DEMO) sends no mail beyond this machine"]
    return []
