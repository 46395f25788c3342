"""The invented people of the demonstration; nobody of them lives, and no address or number reaches anybody.

E-mail addresses end in domains reserved for examples (RFC 2606), phone numbers are from the ranges that the
Bundesnetzagentur keeps for films.
"""

import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from scheduler.domain.people import Customer

# Given and family names of the same origin; combined they name nobody who is widely known.
_NAMES: tuple[tuple[int, str, str], ...] = (
    (
        10,
        "Anke Annika Bärbel Birgit Britta Carsten Dagmar Detlef Dörte Elke Frauke Gerd Gesine Gundula Hauke "
        "Heike Henning Holger Ilka Imke Jens Jörg Jutta Karsten Katja Kerstin Knut Lars Levke Maren Mareike "
        "Meike Nele Norbert Petra Ralf Roswitha Rüdiger Silke Sönke Sören Svenja Tanja Thorsten Torben Ute "
        "Uwe Volker Wiebke Wilfried",
        "Ahrendt Bartels Behnke Brinkhoff Dettmer Ehlers Feldhaus Frerichs Gersten Göbel Hagedorn Heuer Hüls "
        "Immig Jansing Jürgens Kleinert Kröger Lorenzen Löffler Mertes Möhring Nolting Ostermann Petersohn "
        "Pfeiffer Rademacher Rösler Sievers Stallmann Steinhauer Süßmilch Terhorst Uhlig Vossen Wessels "
        "Wiesner Zillmer",
    ),
    (
        3,
        "Ayşe Cem Derya Elif Emine Esra Fatma Gökhan Gülay Hakan Hatice Kemal Leyla Murat Nuray Orhan Serkan "
        "Sevgi Songül Tolga Yusuf Zeynep",
        "Akbulut Altın Bozkurt Çetin Demirci Erbaş Güler Kaplan Karaca Koçak Özkan Polater Şimşek Topal "
        "Uysal Yalçın",
    ),
    (
        3,
        "Adel Amira Bilal Farid Ghada Hanan Ibtisam Jamila Karim Layth Mariam Nadim Rana Samir Tarek Yasmin",
        "Al-Khatib Barakat Daher El-Amin Farhat Habbal Hamdan Issa Kanaan Mansour Nasser-Deeb Qasem Sabbagh "
        "Taleb Zaidan",
    ),
    (
        2,
        "Agnieszka Bogdan Dorota Grażyna Halina Iwona Jacek Joanna Krzysztof Magdalena Paweł Renata Wiesław",
        "Borowiec Chmielarz Gąsior Jabłonka Kędziora Łuczak Mazurek Nowicki Pietrzyk Sroka Wrona Zięba",
    ),
    (
        2,
        "Alina Andriy Bohdan Darya Halyna Iryna Larysa Lyudmila Mykola Oksana Serhiy Svitlana Taras Yaroslav",
        "Bondarchenko Doroshko Hnatyuk Kovalchyn Lysak Melnychuk Pavlyshyn Romanets Savchyn Tkachyk Zozulya",
    ),
    (
        1,
        "Alessia Bao Calogero Daniela Dragana Goran Ioana Kwame Linh Mirela Nguyet Ovidiu Rosaria Sanja "
        "Snežana Thu Vesna Wanjiru",
        "Bellavista Dănilă Fontanarosa Ilić Mensah-Osei Mutua Nikolov Pham Radulescu Schiavone Stojković "
        "Tran",
    ),
)
_GIVEN = tuple(tuple(given.split()) for _, given, _ in _NAMES)
_FAMILY = tuple(tuple(family.split()) for _, _, family in _NAMES)
_WEIGHTS = tuple(weight for weight, _, _ in _NAMES)

_STREETS = (
    "Ahornweg",
    "Alte Mühle",
    "Am Anger",
    "Am Güterbahnhof",
    "Bachgasse",
    "Brunnenstraße",
    "Eichenweg",
    "Fliederweg",
    "Gartenstraße",
    "Gerberstraße",
    "Hafenstraße",
    "Hinter der Mauer",
    "Im Winkel",
    "Kastanienallee",
    "Lindenplatz",
    "Neue Straße",
    "Querstraße",
    "Rosenweg",
    "Schulstraße",
    "Ziegeleiweg",
)
_TOWN = "12345 Musterstadt"

# How somebody can be reached: share in percent and what is known.
_CONTACTS: tuple[tuple[int, frozenset[str]], ...] = (
    (34, frozenset({"email", "phone"})),
    (18, frozenset({"email"})),
    (8, frozenset({"email", "letter"})),
    (12, frozenset({"letter", "phone"})),
    (8, frozenset({"letter"})),
    (12, frozenset({"phone"})),
    (8, frozenset()),
)
_PERCENT_IN_ENGLISH = 9
_PERCENT_WITH_NUMBER = 5
_SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ı": "i", "ł": "l", "Ł": "L"})


def contacts(random: Random) -> frozenset[str]:
    """Which of `email`, `letter` and `phone` somebody gives."""
    weights = [share for share, _ in _CONTACTS]
    return random.choices([known for _, known in _CONTACTS], weights)[0]


def invented(random: Random) -> Iterator[Customer]:
    """People without end until the names are used up; no two have the same name."""
    seen: set[str] = set()
    while True:
        (origin,) = random.choices(range(len(_NAMES)), _WEIGHTS)
        name = f"{random.choice(_GIVEN[origin])} {random.choice(_FAMILY[origin])}"
        if name not in seen:
            seen.add(name)
            yield _person(random, name, spoken="en" if random.random() * 100 < _PERCENT_IN_ENGLISH else "de")


def known_by(customer: Customer, contact: frozenset[str]) -> Customer:
    """The person with what they gave of `email`, `letter` (an address) and `phone`."""
    return Customer(
        name=customer.name,
        email=customer.email if "email" in contact else None,
        phone=customer.phone if "phone" in contact else None,
        address=customer.address if "letter" in contact else None,
        number=customer.number,
        born=customer.born,
        language=customer.language,
    )


def _person(random: Random, name: str, *, spoken: str) -> Customer:
    is_known = random.random() * 100 < _PERCENT_WITH_NUMBER
    number = f"{random.randrange(100, 1000)}K{random.randrange(10_000, 100_000)}"
    born = date(1956, 1, 1) + timedelta(days=random.randrange(45 * 365))
    mobile = f"0171 39200{random.randrange(100):02}"
    return Customer(
        name=name,
        email=f"{_spelled_out(name)}@{random.choice(('example.org', 'example.net'))}",
        phone=random.choice((f"030 23125-{random.randrange(200, 1000)}", mobile, mobile)),
        address=f"{random.choice(_STREETS)} {random.randrange(1, 90)}, {_TOWN}",
        number=number if is_known else None,
        born=born if is_known else None,
        language=spoken,
    )


def _spelled_out(name: str) -> str:
    """The name as the local part of an e-mail address: `gulay.simsek`."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(_SPELLED_OUT))
    letters = "".join(letter for letter in plain if letter.isascii())
    return letters.replace(" ", ".")
