"""The shapes of the API's answers and errors, as its description (OpenAPI 3.1) tells them."""

from typing import Any

from marshmallow import Schema, fields

from scheduler.domain.bookings import Channel, Origin, Party, Standing, Status
from scheduler.domain.phases import Decision, Effect, WalkIns
from scheduler.domain.resources import Kind
from scheduler.domain.roles import Role
from scheduler.web.api.fields import Word


def _text(example: str | None = None, **options: Any) -> fields.String:
    return fields.String(required=True, metadata={"example": example} if example else {}, **options)


def _instant(example: str = "2020-03-10T10:00:00+01:00", **options: Any) -> fields.String:
    return fields.String(required=True, metadata={"format": "date-time", "example": example}, **options)


class CustomerAnswer(Schema):
    name = _text("Alex Beispiel")
    email = _text(allow_none=True)
    phone = _text(allow_none=True)
    address = _text(allow_none=True)
    number = _text(allow_none=True)
    born = fields.String(required=True, allow_none=True, metadata={"format": "date"})
    language = _text("de")
    household = _text(allow_none=True)
    interpreter = fields.Boolean(required=True)
    companion = fields.Boolean(required=True)
    step_free = fields.Boolean(required=True)
    on_file = fields.Boolean(required=True)


class CalendarAnswer(Schema):
    uid = _text()
    sequence = fields.Integer(required=True)


class BookingAnswer(Schema):
    """`phase` is that of the visit; `id` is opaque, `reference` is for reading aloud."""

    id = fields.String(required=True, metadata={"format": "uuid"})
    reference = _text("ACDE4679")
    service = _text("general")
    resource = _text("counter-1")
    kind = Word(Kind, required=True)
    starts_at = _instant()
    ends_at = _instant("2020-03-10T10:15:00+01:00")
    status = Word(Status, required=True)
    standing = Word(Standing, required=True)
    origin = Word(Origin, required=True)
    channel = Word(Channel, required=True)
    phase = _text("regular", allow_none=True)
    booked_by = Word(Role, required=True)
    customer = fields.Nested(CustomerAnswer, required=True)
    ical = fields.Nested(CalendarAnswer, required=True)
    cancelled_by = fields.String(required=True, allow_none=True, metadata={"description": " or ".join(Party)})
    persons = fields.Integer(required=True)
    others = _text(allow_none=True)


class BookingsAnswer(Schema):
    """`next_cursor` is null at the end."""

    bookings = fields.List(fields.Nested(BookingAnswer), required=True)
    next_cursor = _text(allow_none=True)


class DecisionAnswer(Schema):
    """What the phase rules alone say; `rule` is the 1-based position of the rule in the phase."""

    phase = _text("regular", allow_none=True)
    decision = Word(Decision, required=True)
    channels = fields.List(fields.String(), required=True)
    kinds = fields.List(Word(Kind), required=True)
    rule = fields.Integer(required=True, allow_none=True)
    text = _text()


class SlotAnswer(Schema):
    starts_at = _instant()
    ends_at = _instant("2020-03-10T10:15:00+01:00")
    resource = _text("counter-1")
    kind = Word(Kind, required=True)
    decision = Word(Decision, required=True)


class RefusalAnswer(Schema):
    """From `from` to `to` (not included) the phase lets no kind be booked."""

    first = fields.String(data_key="from", required=True, metadata={"format": "date-time"})
    to = fields.String(required=True, metadata={"format": "date-time"})
    decision = Word(Decision, required=True)
    channels = fields.List(fields.String(), required=True)
    text = _text()


class SlotsAnswer(Schema):
    slots = fields.List(fields.Nested(SlotAnswer), required=True)
    refusals = fields.List(fields.Nested(RefusalAnswer), required=True)


class ServiceAnswer(Schema):
    """`name` is the office's word, `plain` the customer's, both in the reader's language."""

    key = _text("general")
    name = _text("General concern")
    plain = _text("General concern")
    names = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    minutes = fields.Integer(required=True)
    kinds = fields.List(Word(Kind), required=True)


class ServicesAnswer(Schema):
    services = fields.List(fields.Nested(ServiceAnswer), required=True)


class RuleAnswer(Schema):
    """A condition that is null matches everything."""

    decision = Word(Decision, required=True)
    services = fields.List(fields.String(), required=True, allow_none=True)
    booked_by = fields.List(Word(Role), required=True, allow_none=True)
    kinds = fields.List(Word(Kind), required=True, allow_none=True)
    sites = fields.List(fields.String(), required=True, allow_none=True)
    needs = fields.List(fields.String(), required=True)
    channels = fields.List(fields.String(), required=True)
    on_start = fields.String(required=True, allow_none=True, metadata={"description": ", ".join(Effect)})


class PhaseAnswer(Schema):
    """In force from `starts` to `ends`, which is null while no later phase is planned."""

    key = _text("regular")
    name = _text("Regular operation")
    names = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    starts = _instant("2020-01-01T00:00:00+01:00")
    ends = _instant("2020-03-12T00:00:00+01:00", allow_none=True)
    announce_at = _instant("2020-01-01T00:00:00+01:00")
    effects_until = _instant("2020-04-19T23:59:59+02:00", allow_none=True)
    in_force = fields.Boolean(required=True)
    walk_ins = Word(WalkIns, required=True)
    prescribed_routes = fields.Boolean(required=True)
    notice = _text(allow_none=True)
    rules = fields.List(fields.Nested(RuleAnswer), required=True)


class PhasesAnswer(Schema):
    phases = fields.List(fields.Nested(PhaseAnswer), required=True)


class EffectAnswer(Schema):
    id = fields.String(required=True, metadata={"format": "uuid"})
    reference = _text("ACDE4679")
    starts_at = _instant()
    service = _text("general")
    effect = Word(Effect, required=True)
    reach = _text("email", allow_none=True)


class PreviewAnswer(Schema):
    """What the start of the phase would do now; `reach` counts those who would be told."""

    phase = _text("preventive")
    announce_at = _instant("2020-03-11T15:00:00+01:00")
    applied = fields.Boolean(required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    reach = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    bookings = fields.List(fields.Nested(EffectAnswer), required=True)


class LivenessAnswer(Schema):
    status = _text("ok")


class ShortcomingAnswer(Schema):
    what = _text("jobs")
    why = _text()


class ReadinessAnswer(Schema):
    """`checks` says `ok`, `wrong` or `unknown` of each; with `warnings` the office works, but look."""

    status = _text("ready")
    checks = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"example": {"database": "ok", "migrations": "ok", "plan": "ok", "jobs": "ok"}},
    )
    wrong = fields.List(fields.Nested(ShortcomingAnswer), required=True)
    warnings = fields.List(fields.Nested(ShortcomingAnswer), required=True)


class ProblemAnswer(Schema):
    """Problem details (RFC 9457). `code` is stable; `detail` is a sentence in the reader's language.

    `instance` names the request, as the header X-Request-ID does; the office's log has a line of that name.
    """

    type = _text("urn:theke:problem:invalid")
    title = _text("Invalid")
    status = fields.Integer(required=True, metadata={"example": 422})
    code = _text("invalid")
    detail = _text("customer.email: This is not an e-mail address; it looks like name@example.org.")
    instance = _text("urn:theke:request:3f9a7c21d0")
    fields_ = fields.Dict(
        data_key="fields",
        keys=fields.String(),
        values=fields.String(),
        metadata={
            "description": "What is wrong with each field, by its path.",
            "example": {"customer.email": "…"},
        },
    )
    faults = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={"description": "The same as stable words.", "example": {"customer.email": "not_an_email"}},
    )
    what = fields.String(metadata={"description": "What does not exist, or is missing."})
    why = fields.String(metadata={"description": "With `wrong_state`: `status`, `another_day`, `not_begun`."})
    decision = fields.Nested(DecisionAnswer, metadata={"description": "With `phase_refused`."})
    alternatives = fields.List(
        fields.Nested(SlotAnswer), metadata={"description": "With `slot_taken` and `route_full`."}
    )
