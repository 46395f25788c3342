"""The settings, read from the environment here and nowhere else; a wrong one refuses to start."""

import os
import re
import stat
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from scheduler.adapters.logs import FORMATS
from scheduler.adapters.mail import mailbox_from_url
from scheduler.domain.arrivals import Punctuality
from scheduler.domain.factors import SecondFactor
from scheduler.domain.limits import Limits
from scheduler.domain.retention import DEFAULT, LONGEST, Chore, Periods
from scheduler.domain.waiting_list import LONGEST_COOL_DOWN

ROOT = Path(__file__).resolve().parent
SECRET_FILE = ROOT / "var" / "secret_key"
_SHORTEST_SECRET = 32
_FEWEST_DIFFERENT_CHARACTERS = 10
#: What stands in examples and manuals, and so in the lists of those who guess.
_KNOWN_WORDS = re.compile(r"change.?me|secret|passwor[dt]|example|insecure|default|placeholder|geheim")
_MOST_PROXIES, _HIGHEST_LIMIT = 9, 100_000
_LONGEST_MINUTES = 24 * 60
_PUNCTUALITY = Punctuality()
#: As many as need some five seconds; a thousand who book at once are all let in by two workers.
_MOST_WAITING = 900
_COOL_DOWN = timedelta(minutes=10)
_HOLD, _LONGEST_HOLD_MINUTES = timedelta(minutes=10), 60
_LIMITS = Limits(open_bookings=10, mails_an_hour=20)
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
    log_format: str = ""
    trusted_proxies: int = 0
    limits: Limits = _LIMITS
    punctuality: Punctuality = _PUNCTUALITY
    hold_for: timedelta = _HOLD
    most_waiting: int = _MOST_WAITING
    periods: Periods = DEFAULT
    cool_down: timedelta = _COOL_DOWN
    second_factor: SecondFactor = SecondFactor.REQUIRED

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

        def number(name: str, default: int, most: int) -> int:
            text = setting(name, str(default))
            if text.isdecimal() and text.isascii() and int(text) <= most:
                return int(text)
            faults.append(f"{name}: {text[:40]!r} is not a whole number from 0 to {most}")
            return default

        demo = setting("THEKE_DEMO", "").lower() in ("1", "true", "yes", "on")
        factor = setting("THEKE_SECOND_FACTOR", "optional" if demo else "required")
        config = cls(
            database_url=setting("THEKE_DATABASE_URL", f"sqlite:///{ROOT / 'var' / 'theke.db'}"),
            secret_key=setting("THEKE_SECRET_KEY", _default_secret()),
            base_url=setting("THEKE_BASE_URL", "http://127.0.0.1:8000").rstrip("/"),
            mail_url=setting("THEKE_MAIL_URL", f"maildir:{ROOT / 'var' / 'mails'}"),
            demo=demo,
            log_format=setting("THEKE_LOG_FORMAT", ""),
            trusted_proxies=number("THEKE_TRUSTED_PROXIES", 0, _MOST_PROXIES),
            limits=Limits(
                open_bookings=number("THEKE_OPEN_BOOKINGS_PER_PERSON", _LIMITS.open_bookings, _HIGHEST_LIMIT),
                mails_an_hour=number(
                    "THEKE_MAILS_PER_ADDRESS_AND_HOUR", _LIMITS.mails_an_hour, _HIGHEST_LIMIT
                ),
            ),
            punctuality=Punctuality(
                early=timedelta(minutes=number("THEKE_EARLY_MINUTES", 30, _LONGEST_MINUTES)),
                late=timedelta(minutes=number("THEKE_LATE_MINUTES", 15, _LONGEST_MINUTES)),
            ),
            hold_for=timedelta(minutes=number("THEKE_HOLD_MINUTES", 10, _LONGEST_HOLD_MINUTES)),
            cool_down=timedelta(
                minutes=number("THEKE_COOL_DOWN_MINUTES", 10, LONGEST_COOL_DOWN // timedelta(minutes=1))
            ),
            most_waiting=number("THEKE_MOST_WAITING", _MOST_WAITING, _HIGHEST_LIMIT),
            periods=Periods(
                *(
                    number(
                        f"THEKE_KEEP_{chore.upper()}_DAYS", getattr(DEFAULT, chore), getattr(LONGEST, chore)
                    )
                    for chore in Chore
                )
            ),
            second_factor=SecondFactor(factor) if factor in tuple(SecondFactor) else SecondFactor.REQUIRED,
        )
        secret_file = _secret_file(environ)
        if secret_file is not None and not config.demo:
            faults += _secret_file_faults(secret_file)
        faults += [
            *_database_faults(config.database_url),
            *_secret_faults(config.secret_key),
            *_base_url_faults(config.base_url),
            *_demo_faults(setting("THEKE_DEMO", "")),
            *_mail_faults(config.mail_url, demo=config.demo),
            *_log_faults(config.log_format),
            *_second_factor_faults(factor),
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


def _secret_file(environ: Mapping[str, str]) -> Path | None:
    """The file that the secret was read from and that has to be guarded; None where there is none.

    What systemd hands over (LoadCredential) it guards itself; its access list shows as a right of the group.
    """
    if path := environ.get("THEKE_SECRET_KEY_FILE"):
        file, handed_over = Path(path), environ.get("CREDENTIALS_DIRECTORY")
        return None if handed_over and file.parent == Path(handed_over) else file
    return None if environ.get("THEKE_SECRET_KEY") else SECRET_FILE


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
    if len(secret) < _SHORTEST_SECRET or _is_guessable(secret):
        return [f"THEKE_SECRET_KEY: too weak; set a random one of {_SHORTEST_SECRET} characters or more"]
    return []


def _is_guessable(secret: str) -> bool:
    """Whether somebody made it up: few letters, a piece repeated, a run of neighbours, a well-known word."""
    steps = Counter(ord(after) - ord(before) for before, after in pairwise(secret))
    return (
        len(set(secret)) < _FEWEST_DIFFERENT_CHARACTERS
        or secret in (secret + secret)[1:-1]
        or steps.most_common(1)[0][1] > len(secret) // 2
        or _KNOWN_WORDS.search(secret.lower()) is not None
    )


def _secret_file_faults(file: Path) -> list[str]:
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
    except OSError:
        return []  # that it is missing is said elsewhere
    return [f"{file}: others can read it; run `chmod 600 {file}`"] if mode & 0o077 else []


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


def _log_faults(form: str) -> list[str]:
    known = ("", *FORMATS)
    return [] if form in known else [f"THEKE_LOG_FORMAT: {form[:40]!r} is neither json nor text"]


def _second_factor_faults(text: str) -> list[str]:
    known = tuple(SecondFactor)
    return [] if text in known else [f"THEKE_SECOND_FACTOR: {text[:40]!r} is neither required nor optional"]
