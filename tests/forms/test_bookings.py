"""The booking form: what it reads, and beside which field an error is shown."""

from datetime import date

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from forms.bookings import BookingForm, MoveForm
from scheduler.domain.bookings import BookingRequest, Category, Justification
from scheduler.domain.errors import (
    Closed,
    DomainError,
    Fault,
    Forbidden,
    Invalid,
    JustificationRequired,
    SlotTaken,
)
from scheduler.domain.people import Customer
from scheduler.domain.roles import Role
from tests.factories import at, whole_plan

TODAY = date(2020, 3, 9)
TYPED = {
    "starts_at": " 2020-03-11T09:00 ",
    "resource": "",
    "service": "general",
    "booked_by": "customer",
    "name": " Ada Arendt ",
    "email": "",
    "phone": "030 123456",
    "address": "Beispielweg 3\r\n12345 Musterstadt",
    "number": "",
    "born": "1980-05-31",
    "language": "en",
    "category": "",
    "text": "",
}


def read(**changed: str) -> BookingRequest:
    with Flask(__name__).test_request_context():
        form = BookingForm(MultiDict(TYPED | changed))
        return form.request(whole_plan().zone, today=TODAY)


def test_the_form_reads_what_was_typed_without_what_was_left_out() -> None:
    asked = read()

    assert (asked.service, asked.starts_at, asked.booked_by) == (
        "general",
        at("2020-03-11 09:00"),
        Role.CUSTOMER,
    )
    assert asked.resource is None
    assert asked.justification is None
    assert asked.customer == Customer(
        "Ada Arendt",
        phone="030 123456",
        address="Beispielweg 3\n12345 Musterstadt",
        born=date(1980, 5, 31),
        language="en",
    )


def test_an_explanation_alone_counts_as_another_reason() -> None:
    assert read(text="no phone").justification == Justification(Category.OTHER, "no phone")
    assert read(category="integration").justification == Justification(Category.INTEGRATION, None)


def test_every_wrong_entry_is_found_in_one_go() -> None:
    with pytest.raises(Invalid) as caught:
        read(starts_at="x", service="", booked_by="king", name="", born="x", category="x", phone="x")

    assert set(caught.value.fields) == {
        "starts_at",
        "service",
        "booked_by",
        "who",
        "customer.born",
        "customer.phone",
        "justification.category",
    }


@pytest.mark.parametrize(
    "error, field",
    [
        (Closed(reason=None), "starts_at"),
        (SlotTaken(alternatives=[]), "starts_at"),
        (JustificationRequired(), "category"),
        (Forbidden(booked_by="manager"), "booked_by"),
    ],
)
def test_an_error_is_shown_beside_the_field_that_it_concerns(error: DomainError, field: str) -> None:
    with Flask(__name__).test_request_context():
        form = BookingForm(MultiDict(TYPED))
        left = form.explain(error, lambda error: error.code, lambda fault: fault.why)

    assert left == []
    assert form[field].errors == [error.code]


def test_an_error_of_no_field_is_left_for_the_top_of_the_form() -> None:
    with Flask(__name__).test_request_context():
        form = MoveForm(MultiDict())
        left = form.explain(Forbidden(booked_by="x"), lambda error: error.code, lambda fault: fault.why)

    assert left == ["forbidden"]


def test_the_one_box_says_who_is_new() -> None:
    new = read(name="", phone="", born="", number="", who="Änne Groß 5.3.1980 123K45").customer
    beside = read(name="", who="Änne Groß 5.3.1980").customer

    assert (new.name, new.number, new.born) == ("Änne Groß", "123K45", date(1980, 3, 5))
    assert (beside.phone, beside.born) == ("030 123456", date(1980, 5, 31))


def test_two_names_are_never_mixed() -> None:
    with pytest.raises(Invalid) as caught:
        read(who="Bruno Beck")
    assert read(who="Ada Arendt").customer.name == "Ada Arendt"
    assert caught.value.fields == {"who": Fault("two_people")}


def test_who_was_read_from_the_box_is_read_the_same_when_sent_again() -> None:
    with Flask(__name__).test_request_context():
        form = BookingForm(MultiDict(TYPED | {"name": "", "who": "Änne Groß 0171 123", "phone": ""}))
        first = form.request(whole_plan().zone, today=TODAY)
        again = form.request(whole_plan().zone, today=TODAY)

    assert first == again
    assert again.customer.phone == "0171 123"
