"""What requests may contain. Nothing else: an unknown field is an error, not noise."""

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validates_schema

from scheduler.domain.bookings import (
    MOST_PERSONS,
    OTHERS_LENGTH,
    Category,
    Company,
    Justification,
    Party,
    Status,
    checked_company,
)
from scheduler.domain.errors import Fault, Invalid
from scheduler.domain.instants import local_date
from scheduler.domain.people import (
    ADDRESS_LENGTH,
    EMAIL_LENGTH,
    NAME_LENGTH,
    NUMBER_LENGTH,
    PHONE_LENGTH,
    TEXT_LENGTH,
    Customer,
    Needs,
    checked_customer,
)
from scheduler.domain.resources import Kind
from scheduler.web.api.fields import (
    Asked,
    Booker,
    Count,
    Day,
    Flag,
    Instant,
    Number,
    PlaceKey,
    ServiceKey,
    SiteKey,
    Text,
    Word,
)
from scheduler.web.frame import current_office_plan, office_now

LONGEST_SEARCH_DAYS = 92
MOST_SLOTS = 500
MOST_BOOKINGS = 500
_AN_INSTANT = "ISO 8601; without an offset it is local time of the office."
_LANGUAGE_LENGTH = 20

_SHAPE_WORDS = {"unknown": "unknown_field", "type": "not_an_object"}
_NESTED_WORDS: dict[str, Any] = {"required": "missing", "null": "missing", "type": "not_an_object"}


class Shape(Schema):
    class Meta:
        unknown = RAISE

    error_messages = _SHAPE_WORDS


def nested(schema: type[Shape], **options: Any) -> fields.Nested:
    return fields.Nested(schema, error_messages=_NESTED_WORDS, **options)


class CustomerFields(Shape):
    """The person who comes; only the name is needed."""

    name = Text(longest=NAME_LENGTH, required=True, metadata={"minLength": 1, "example": "Alex Beispiel"})
    email = Text(
        longest=EMAIL_LENGTH, load_default=None, allow_none=True, metadata={"example": "alex@example.org"}
    )
    phone = Text(longest=PHONE_LENGTH, load_default=None, allow_none=True)
    address = Text(longest=ADDRESS_LENGTH, lines=True, load_default=None, allow_none=True)
    number = Text(longest=NUMBER_LENGTH, load_default=None, allow_none=True)
    born = Day(load_default=None, allow_none=True, metadata={"format": "date"})
    language = Text(longest=_LANGUAGE_LENGTH, load_default="de", metadata={"example": "de"})
    household = Text(longest=NUMBER_LENGTH, load_default=None, allow_none=True)
    interpreter = Flag(load_default=False, metadata={"description": "Makes the visit longer."})
    companion = Flag(load_default=False)
    step_free = Flag(load_default=False, metadata={"description": "Only at places without steps."})
    on_file = Flag(
        load_default=False, metadata={"description": "The person wishes to stay on file for later visits."}
    )

    @post_load
    def check(self, values: dict[str, Any], **_options: Any) -> Customer:
        values["needs"] = Needs(*(values.pop(need) for need in ("interpreter", "companion", "step_free")))
        today = local_date(office_now(), current_office_plan().zone)
        try:
            return checked_customer(Customer(**values), today=today, prefix="")
        except Invalid as error:
            raise ValidationError({path: [fault] for path, fault in error.fields.items()}) from None


class JustificationFields(Shape):
    """Why a visit is necessary in the single case; `text` is needed for `other` alone."""

    category = Word(Category, required=True)
    text = Text(longest=TEXT_LENGTH, lines=True, load_default=None, allow_none=True)

    @post_load
    def check(self, values: dict[str, Any], **_options: Any) -> Justification:
        if values["category"] is Category.OTHER and not values["text"]:
            raise ValidationError({"text": [Fault("missing")]})
        return Justification(values["category"], values["text"] or None)


class BookingFields(Shape):
    service = ServiceKey(required=True, metadata={"example": "benefit_emergency"})
    starts_at = Instant(required=True, metadata={"description": _AN_INSTANT, "example": "2020-03-10T10:00"})
    resource = PlaceKey(
        load_default=None, allow_none=True, metadata={"description": "Without it any suitable place."}
    )
    booked_by = Booker(
        load_default=None, allow_none=True, metadata={"description": "On whose word; your own without it."}
    )
    customer = nested(CustomerFields, required=True)
    justification = nested(JustificationFields, load_default=None, allow_none=True)
    persons = Number(least=1, most=MOST_PERSONS, load_default=1)
    others = Text(
        longest=OTHERS_LENGTH,
        lines=True,
        load_default=None,
        allow_none=True,
        metadata={"description": "The names of those who come along, one in each line."},
    )

    @validates_schema
    def check_company(self, values: dict[str, Any], **_options: Any) -> None:
        try:
            checked_company(Company(values["persons"], values["others"]))
        except Invalid as error:
            raise ValidationError({path: [fault] for path, fault in error.fields.items()}) from None


class MoveFields(Shape):
    starts_at = Instant(required=True, metadata={"description": _AN_INSTANT, "example": "2020-03-10T11:00"})
    resource = PlaceKey(load_default=None, allow_none=True)
    justification = nested(JustificationFields, load_default=None, allow_none=True)
    by = Word(Party, load_default=Party.CUSTOMER)


class CancelFields(Shape):
    by = Word(Party, load_default=Party.OFFICE)
    reason = Text(longest=TEXT_LENGTH, lines=True, load_default=None, allow_none=True)


class ReasonFields(Shape):
    reason = Text(
        longest=TEXT_LENGTH,
        lines=True,
        required=True,
        metadata={"minLength": 1, "example": "Please call us."},
    )


class NoFields(Shape):
    """Nothing; the body may be left out."""


class Query(Shape):
    language = Text(
        longest=_LANGUAGE_LENGTH,
        load_default=None,
        metadata={"description": "A language of the customers' pages; goes before Accept-Language."},
    )


class DecisionQuery(Query):
    service = ServiceKey(required=True, metadata={"example": "general"})
    at = Instant(required=True, metadata={"description": _AN_INSTANT, "example": "2020-03-10T10:00"})
    booked_by = Booker(load_default=None)
    kind = Word(Kind, load_default=None)
    site = SiteKey(load_default=None)


class DaysQuery(Query):
    first = Day(data_key="from", required=True, metadata={"format": "date", "example": "2020-03-10"})
    last = Day(data_key="to", required=True, metadata={"format": "date", "example": "2020-03-17"})

    @validates_schema
    def check_order(self, values: dict[str, Any], **_options: Any) -> None:
        if values["last"] < values["first"]:
            raise ValidationError({"to": [Fault("reversed")]})


class SlotsQuery(DaysQuery):
    service = ServiceKey(required=True, metadata={"example": "general"})
    booked_by = Booker(load_default=None)
    kind = Word(Kind, load_default=None)
    resource = PlaceKey(load_default=None)
    interpreter = Asked(load_default=False)
    step_free = Asked(load_default=False)
    limit = Count(least=1, most=MOST_SLOTS, load_default=50)

    @validates_schema
    def check_length(self, values: dict[str, Any], **_options: Any) -> None:
        if (values["last"] - values["first"]).days >= LONGEST_SEARCH_DAYS:
            raise ValidationError({"to": [Fault("span_too_long", most=LONGEST_SEARCH_DAYS)]})


class BookingsQuery(DaysQuery):
    status = Word(Status, load_default=None)
    cursor = Text(longest=200, load_default=None)
    limit = Count(least=1, most=MOST_BOOKINGS, load_default=100)


class AnswerQuery(Query):
    """Only the language can be chosen."""
