"""The forms of the plan's draft: a phase, a rule, a copy, and the file."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from functools import partial
from typing import Any

from wtforms import BooleanField, FileField, SelectField, SelectMultipleField, StringField, TextAreaField

from forms.bookings import DeskForm, gather
from forms.fields import lines, typed
from scheduler.adapters.languages import CUSTOMER_LANGUAGES
from scheduler.domain.errors import Fault, Invalid, invalid
from scheduler.domain.instants import parse_instant
from scheduler.domain.people import fault_of_text
from scheduler.domain.phases import Decision, Effect, Phase, Rule, WalkIns
from scheduler.domain.planfields import LONG_TEXT, SHORT_TEXT
from scheduler.domain.planfiles import PlanFault
from scheduler.domain.resources import Kind
from scheduler.domain.roles import Role
from scheduler.domain.texts import SOURCE_LANGUAGE, Text

#: The field for each language, as in "name_de_simple".
TAGS = {language.replace("-", "_"): language for language in CUSTOMER_LANGUAGES}


class DraftForm(DeskForm):
    """A form that changes the draft as it was seen."""

    def seen_version(self) -> int:
        """0 where the form names none, which fits no draft."""
        return self.seen() or 0

    def place(self, faults: Mapping[str, str]) -> list[str]:
        """Puts sentences beside their fields, by the paths of the plan file; answers what has no field."""
        left = []
        for path, sentence in faults.items():
            field = self._fields.get(path.replace(".", "_").replace("-", "_"))
            if field is None:
                left.append(sentence)
            else:
                field.errors = [*field.errors, sentence]
        return left


class PhaseForm(DraftForm):
    """One phase without its rules; fields of texts are named by language, as in `notice_de`."""

    starts = StringField()
    announce_at = StringField()
    at_once = BooleanField()
    effects_until = StringField()
    walk_ins = SelectField(validate_choice=False)
    prescribed_routes = BooleanField()
    seats_percent = StringField()

    def show(self, phase: Phase, local: Any) -> None:
        """Fills the form in; `local` writes an instant as a field takes it."""
        self.starts.data = local(phase.starts)
        self.announce_at.data = "" if phase.announce_at == phase.starts else local(phase.announce_at)
        self.effects_until.data = "" if phase.effects_until is None else local(phase.effects_until)
        self.walk_ins.data, self.prescribed_routes.data = phase.walk_ins, phase.prescribed_routes
        self.seats_percent.data = "" if phase.seats_percent is None else str(phase.seats_percent)
        for tag, language in TAGS.items():
            self[f"name_{tag}"].data = phase.name.get(language, "")
            self[f"notice_{tag}"].data = phase.notice.get(language, "") if phase.notice else ""

    def phase(self, old: Phase, zone: tzinfo, *, now: datetime) -> Phase:
        """What was typed over `old`, whose key and rules stay. Raises Invalid with all that is wrong."""
        faults: dict[str, Fault] = {}
        starts = gather(faults, partial(self._instant, "starts", zone)) or old.starts
        announce_at = gather(faults, partial(self._announced, starts, zone, now)) or starts
        effects_until = gather(faults, partial(self._optional, "effects_until", zone))
        name = gather(faults, partial(self._text, "name", SHORT_TEXT))
        notice = gather(faults, partial(self._text, "notice", LONG_TEXT))
        percent = gather(faults, self._percent)
        if name is None and not any(path.startswith("name_") for path in faults):
            faults[f"name_{SOURCE_LANGUAGE}"] = Fault("missing")
        if typed(self.walk_ins) not in list(WalkIns):
            faults["walk_ins"] = Fault("missing")
        if faults or name is None:
            raise Invalid(fields=faults)
        return replace(
            old,
            name=name,
            notice=notice,
            starts=starts,
            announce_at=announce_at,
            effects_until=effects_until,
            walk_ins=WalkIns(typed(self.walk_ins)),
            prescribed_routes=bool(self.prescribed_routes.data),
            seats_percent=percent,
        )

    def _percent(self) -> int | None:
        text = typed(self.seats_percent)
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= 100):
            raise invalid("seats_percent", "out_of_range", least=1, most=100)
        return int(text)

    def _announced(self, starts: datetime, zone: tzinfo, now: datetime) -> datetime | None:
        """As soon as the draft is adopted, at an instant of its own, or at the start (None)."""
        if self.at_once.data:
            return min(now, starts)
        return self._optional("announce_at", zone)

    def _instant(self, name: str, zone: tzinfo) -> datetime:
        if not typed(self[name]):
            raise invalid(name, "missing")
        return parse_instant(typed(self[name]), zone, field=name)

    def _optional(self, name: str, zone: tzinfo) -> datetime | None:
        return parse_instant(typed(self[name]), zone, field=name) if typed(self[name]) else None

    def _text(self, name: str, longest: int) -> Text | None:
        """None where nothing was typed in any language; German has to be among them."""
        given, faults = {}, {}
        for tag, language in TAGS.items():
            text = lines(self[f"{name}_{tag}"])
            fault = fault_of_text(text, longest=longest, lines=name == "notice")
            if fault is not None:
                faults[f"{name}_{tag}"] = fault
            elif text:
                given[language] = text
        if given and SOURCE_LANGUAGE not in given:
            faults[f"{name}_{SOURCE_LANGUAGE}"] = Fault("missing")
        if faults:
            raise Invalid(fields=faults)
        return Text(given) if given else None


for _tag in TAGS:
    setattr(PhaseForm, f"name_{_tag}", StringField())
    setattr(PhaseForm, f"notice_{_tag}", TextAreaField())


class RuleForm(DraftForm):
    """One rule; where nothing is chosen of a kind, everything fits."""

    decision = SelectField(validate_choice=False)
    services = SelectMultipleField(validate_choice=False)
    booked_by = SelectMultipleField(validate_choice=False)
    kinds = SelectMultipleField(validate_choice=False)
    sites = SelectMultipleField(validate_choice=False)
    needs = SelectMultipleField(validate_choice=False)
    channels = SelectMultipleField(validate_choice=False)
    on_start = SelectField(validate_choice=False)

    def show(self, rule: Rule) -> None:
        self.decision.data, self.on_start.data = rule.decision, rule.on_start or ""
        for name in ("services", "booked_by", "kinds", "sites", "needs", "channels"):
            self[name].data = sorted(getattr(rule, name) or ())

    def rule(self) -> Rule:
        """Raises Invalid with every field that is wrong."""
        faults: dict[str, Fault] = {}
        for name, known in (("booked_by", Role), ("kinds", Kind)):
            if set(self[name].data or ()) - set(known):
                faults[name] = Fault("missing")
        if typed(self.decision) not in list(Decision):
            faults["decision"] = Fault("missing")
        if typed(self.on_start) not in ("", *Effect):
            faults["on_start"] = Fault("missing")
        if faults:
            raise Invalid(fields=faults)
        return Rule(
            Decision(typed(self.decision)),
            services=self._some("services"),
            booked_by=self._some_of("booked_by", Role),
            kinds=self._some_of("kinds", Kind),
            sites=self._some("sites"),
            needs=frozenset(self.needs.data or ()),
            channels=tuple(self.channels.data or ()),
            on_start=Effect(typed(self.on_start)) if typed(self.on_start) else None,
        )

    def _some(self, name: str) -> frozenset[str] | None:
        return frozenset(self[name].data) if self[name].data else None

    def _some_of(self, name: str, words: Any) -> Any:
        return frozenset(words(word) for word in self[name].data) if self[name].data else None


class CopyForm(DraftForm):
    """A further phase: like another one, or one that takes no bookings any more."""

    like = SelectField(validate_choice=False)
    name = StringField()
    starts = StringField()

    def wished(self, zone: tzinfo) -> tuple[Text, datetime]:
        """Its German name and its start. Raises Invalid."""
        faults: dict[str, Fault] = {}
        fault = fault_of_text(typed(self.name), longest=SHORT_TEXT)
        if fault is not None or not typed(self.name):
            faults["name"] = fault or Fault("missing")
        starts = gather(faults, partial(self._starts, zone))
        if faults or starts is None:
            raise Invalid(fields=faults)
        return Text({SOURCE_LANGUAGE: typed(self.name)}), starts

    def _starts(self, zone: tzinfo) -> datetime:
        if not typed(self.starts):
            raise invalid("starts", "missing")
        return parse_instant(typed(self.starts), zone, field="starts")


class PlanFileForm(DraftForm):
    """A plan file that the draft is to be like."""

    file = FileField()

    def source(self) -> bytes:
        """Raises Invalid."""
        if not self.file.data:
            raise invalid("file", "missing")
        content: bytes = self.file.data.read()
        return content


class AdoptForm(DraftForm):
    """Makes the draft the plan."""

    confirmed = BooleanField()


def own_faults(faults: Sequence[PlanFault], title: str) -> tuple[dict[str, PlanFault], list[PlanFault]]:
    """The faults of one part of the plan file by the path within it, and those of all others."""
    own = {
        fault.where.removeprefix(f"{title}: "): fault
        for fault in faults
        if fault.where.startswith(f"{title}: ")
    }
    return own, [fault for fault in faults if not fault.where.startswith(f"{title}: ")]
