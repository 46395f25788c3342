"""The forms of closures: a new one, and another end of one."""

from datetime import datetime, tzinfo
from functools import partial

from wtforms import HiddenField, SelectField, StringField

from forms.bookings import DeskForm, gather
from forms.fields import typed
from scheduler.adapters.languages import CUSTOMER_LANGUAGES
from scheduler.domain.closures import ClosureRequest, Scope
from scheduler.domain.errors import Fault, Invalid, invalid
from scheduler.domain.instants import parse_instant
from scheduler.domain.intervals import Interval
from scheduler.domain.people import fault_of_text
from scheduler.domain.planfields import SHORT_TEXT
from scheduler.domain.texts import SOURCE_LANGUAGE, Text

#: The field of the reason for each language, as in `reason_de_simple`.
REASONS = {f"reason_{language.replace('-', '_')}": language for language in CUSTOMER_LANGUAGES}


class ClosureForm(DeskForm):
    """What is closed, from when until when, and why; `scope` is like "site:main"."""

    scope = SelectField(validate_choice=False)
    starts = StringField()
    to = StringField()

    def request(self, zone: tzinfo) -> ClosureRequest:
        """Raises Invalid with every field that is wrong, SkippedLocalTime, DoubledLocalTime."""
        faults: dict[str, Fault] = {}
        starts = gather(faults, partial(instant_in, self.starts, zone))
        to = gather(faults, partial(instant_in, self.to, zone))
        reason = gather(faults, self._reason)
        scope, _colon, key = typed(self.scope).partition(":")
        if scope not in list(Scope):
            faults["scope"] = Fault("missing")
        if faults or starts is None or to is None:
            raise Invalid(fields=faults)
        return ClosureRequest(Scope(scope), key, Interval(starts, to), reason)

    def _reason(self) -> Text | None:
        given = {language: typed(self[field]) for field, language in REASONS.items() if typed(self[field])}
        faults = {}
        for field in REASONS:
            fault = fault_of_text(typed(self[field]), longest=SHORT_TEXT)
            if fault is not None:
                faults[field] = fault
        if given and SOURCE_LANGUAGE not in given:
            faults[f"reason_{SOURCE_LANGUAGE}"] = Fault("missing")
        if faults:
            raise Invalid(fields=faults)
        return Text(given) if given else None


for _field in REASONS:
    setattr(ClosureForm, _field, StringField())


class EndForm(DeskForm):
    """Another end of a closure that ended at `seen_end` when its page was shown."""

    to = StringField()
    seen_end = HiddenField()

    def end(self, zone: tzinfo) -> datetime:
        return instant_in(self.to, zone)

    def end_seen(self, zone: tzinfo) -> datetime:
        return instant_in(self.seen_end, zone)


def instant_in(field: StringField, zone: tzinfo) -> datetime:
    """Raises Invalid, SkippedLocalTime, DoubledLocalTime."""
    if not typed(field):
        raise invalid(field.name, "missing")
    return parse_instant(typed(field), zone, field=field.name)
