"""The people of the tests: few, with names, and each to be reached in another way."""

from scheduler.domain.people import Customer
from scheduler.domain.roles import Actor, Role

ADA = Customer("Ada Arendt", email="ada@example.org")
BRUNO = Customer("Bruno Beck", address="Beispielweg 3, 12345 Musterstadt")
CHEN = Customer("Chen Li", phone="030 123456")
DORIT = Customer("Dorit Dahl")
EMRE = Customer("Emre Er", email="emre@example.org", phone="030 654321", language="en")
FATMA = Customer("Fatma Fuchs", phone="030 777777", address="Musterallee 5, 12345 Musterstadt")
"""By e-mail, by letter, by phone, not at all; by e-mail with a phone; by letter with a phone."""

RECEPTION = Actor("staff:empfang", Role.RECEPTION)
CASEWORKER = Actor("staff:vermittlung", Role.CASEWORKER)
MANAGER = Actor("staff:leitung", Role.MANAGER)
HOTLINE = Actor("staff:telefon", Role.HOTLINE)
ENTRANCE = Actor("staff:eingang", Role.ENTRANCE)
AUDITOR = Actor("staff:revision", Role.AUDITOR)
ADMINISTRATOR = Actor("staff:verwaltung", Role.ADMINISTRATOR)
CUSTOMER = Actor("token:portal", Role.CUSTOMER)
