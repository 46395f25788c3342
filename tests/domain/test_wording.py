"""What the scenario's office lets a bystander read, in every language that it gives."""

from collections.abc import Iterator, Mapping

from scheduler.adapters.languages import CUSTOMER_LANGUAGES
from scheduler.domain.plans import Plan
from tests.factories import whole_plan
from tests.wording import OFFICE


def read_by_bystanders(plan: Plan) -> Iterator[tuple[str, str]]:
    """Sender, ways to be reached, places, ways in the building, what to bring: all of mails and calendars."""
    yield "address", plan.office.mail_address
    texts: list[Mapping[str, str]] = [plan.office.mail_name, plan.office.refusal_note]
    texts += [channel.neutral for channel in plan.channels]
    texts += [resource.name for resource in plan.resources]
    for text in texts:
        yield from text.items()
    for site in plan.sites:
        yield "address", site.address or ""
    for lists in [*[route.steps for route in plan.routes], *[service.bring for service in plan.services]]:
        yield from ((language, step) for language, steps in lists.items() for step in steps)


def test_the_plan_says_nothing_of_the_kind_of_office_to_a_bystander() -> None:
    said = list(read_by_bystanders(whole_plan()))
    assert {language for language, _words in said} >= set(CUSTOMER_LANGUAGES)
    assert [words for _language, words in said if OFFICE.search(words)] == []


def test_customers_find_every_concern_in_their_language() -> None:
    for service in whole_plan().services:
        assert set(service.plain) >= set(CUSTOMER_LANGUAGES), service.key
