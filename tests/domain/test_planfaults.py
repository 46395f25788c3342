"""What is wrong with a plan file: each fault by its place, all of them in one run, for any file at all."""

import re
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.domain.planfiles import FAULT_SENTENCES, PlanFault, PlanFaults, read_plan, sentence
from scheduler.domain.plans import Plan

SCENARIO = Path("scheduler/scenarios/jobcenter-2020/plan.toml").read_text()

#: The least that is a plan.
OFFICE = """
format = 1
[office]
key = "amt"
name = "Amt"
timezone = "Europe/Berlin"
mail = { address = "termine@example.org", name = { de = "Termine" } }
refusal_note = { de = "Anträge sind jederzeit möglich." }
"""
PLACE = '[[resource]]\nkey = "t1"\nkind = "counter"\nname = { de = "Theke 1" }\n'
SERVICE = '[[service]]\nkey = "auskunft"\nname = { de = "Auskunft" }\nminutes = 15\nkinds = ["counter"]\n'
PHASE = '[[phase]]\nkey = "regular"\nname = { de = "Regelbetrieb" }\nstarts = 2020-01-01T00:00:00\n'


def known(region: str) -> bool:
    return region == "DE-RP"


def read(text: str) -> Plan:
    return read_plan(text.encode(), known_holiday_region=known)


def faults_of(source: str | bytes) -> list[PlanFault]:
    """The faults of a file that cannot be taken in."""
    source = source.encode() if isinstance(source, str) else source
    with pytest.raises(PlanFaults) as refusal:
        read_plan(source, known_holiday_region=known)
    return list(refusal.value.faults)


def places_of(source: str | bytes) -> list[tuple[str, str]]:
    return [(fault.where, fault.why) for fault in faults_of(source)]


def varied(old: str, new: str) -> str:
    """The scenario with one change, where `old` first stands."""
    assert old in SCENARIO
    return SCENARIO.replace(old, new, 1)


# ------------------------------------------------------------------------ unreadable files


UNREADABLE: list[tuple[bytes, str, str]] = [
    (b"", "file", "empty"),
    (b"\xef\xbb\xbf \r\n\t", "file", "empty"),
    (b"#" * (1024 * 1024 + 1), "file", "too_large"),
    (b'format = 1\nname = "caf\xe9"\n', "line 2, column 12", "not_utf8"),
    ('name = "ÄÖ'.encode()[:-1], "line 1, column 10", "not_utf8"),
    ("format = 1".encode("utf-16"), "line 1, column 1", "not_utf8"),
    (b"format = 1\n[office\nkey = 3\n", "line 2, column 8", "syntax"),
    (b"format = 1\nkey = 2020-13-40T00:00:00\n", "line 2, column 11", "syntax"),
    (b"format = 1\nformat = 1\n", "line 2, column 11", "syntax"),
    (b'name = "a\x00b"', "line 1, column 10", "syntax"),
    (b"format = " + b"9" * 5000, "file", "syntax"),
    (b'format = 1\n[office]\nname = "Job', "line 3, column 12", "cut_off"),
    (b"format = 1\n[off", "line 2, column 5", "cut_off"),
    (b"a = " + b"[" * 100_000, "file", "too_deep"),
    (b"format = 1\na" + b".a" * 100_000 + b" = 1\n", "line 2, column 1", "too_deep"),
]


@pytest.mark.parametrize(
    "source, where, why",
    UNREADABLE,
    ids=[f"{number}-{case[2]}" for number, case in enumerate(UNREADABLE, start=1)],
)
def test_a_file_that_cannot_be_read_has_one_fault_with_its_place(source: bytes, where: str, why: str) -> None:
    assert places_of(source) == [(where, why)]


@pytest.mark.parametrize(
    "format_line", ["format = 2", 'format = "1"', "format = true", "format = 1.0", "format = {}"]
)
def test_only_format_1_is_known(format_line: str) -> None:
    assert places_of(varied("format = 1\n", format_line + "\n")) == [("format", "unknown_format")]


# ------------------------------------------------------------------------ what is wrong

CASES: list[tuple[str, str, str, str]] = [
    # reserves
    *(
        ("[[hotline]]", f"[[reserve]]\n{lines}\n[[hotline]]", f"reserve 1: {key}", why)
        for lines, key, why in [
            ("percent = 20", "for", "missing"),
            ('for = "all"\npercent = 20', "for", "unknown_word"),
            ('for = "staff"', "percent", "no_share"),
            ('for = "staff"\nnumber = 2\npercent = 20', "percent", "two_shares"),
            ('for = "staff"\npercent = 101', "percent", "out_of_range"),
            ('for = "day"\nnumber = 2\nrelease_at = "10:00"', "release_at", "released_before"),
            ('for = "staff"\nnumber = 2\nrelease_at = "24:00"', "release_at", "not_a_time"),
            ('for = "staff"\nnumber = 2\nmonth_days = [0]', "month_days", "not_a_month_day"),
            ('for = "staff"\nnumber = 2\nmonth_days = [1, 1]', "month_days", "repeated"),
            ('for = "staff"\nnumber = 2\nmonth_days = []', "month_days", "empty_list"),
            ('for = "staff"\nnumber = 2\nservices = ["genral"]', "services", "misspelt_reference"),
            ('for = "staff"\nnumber = 2\nfrom = 2020-02-01\nto = 2020-01-01', "to", "reversed_period"),
            ('for = "staff"\nnumber = 2\nrelease_minuten = 60', "release_minuten", "misspelt_key"),
        ]
    ),
    # keys
    ("format = 1\n", "", "format", "missing"),
    ("[[closure]]", "[[closures]]", "closures", "misspelt_key"),
    ("[[closure]]", "[[wholly_other]]", "wholly_other", "unknown_key"),
    ("grid_minutes = 5", "grid_minuten = 5", "office: grid_minuten", "misspelt_key"),
    ("to_days = 365", "to_day = 365", "office: window.to_day", "misspelt_key"),
    ("one_way = true", '"one\\u202eway" = true', 'route 1 (entrance): "one\\u202eway"', "misspelt_key"),
    ("at_most = 4", "atmost = 4", "route 1 (entrance): arrivals.atmost", "misspelt_key"),
    ("mon =", "monday =", "office: opening.monday", "misspelt_key"),
    ('key = "office-202"\n', "", "resource 7: key", "missing"),
    ('decision = "redirect"\n', "", "phase 1 (regular), rule 1: decision", "missing"),
    ('address = "termine@example.org", ', "", "office: mail.address", "missing"),
    ("minutes = 20\n", "", "service 1 (benefit_emergency): minutes", "missing"),
    ("starts = 2020-03-12T00:00:00\n", "", "phase 2 (preventive): starts", "missing"),
    ('provider = "Musterträger"\n', "", "measure 1 (language_course): provider", "missing"),
    ('site = "main"\nname = { de = "Eing', 'name = { de = "Eing', "route 1 (entrance): site", "missing"),
    # types
    ("grid_minutes = 5", "grid_minutes = true", "office: grid_minutes", "not_a_number"),
    ("post_days = 3", 'post_days = "3"', "office: post_days", "not_a_number"),
    ("minutes = 20", "minutes = 20.0", "service 1 (benefit_emergency): minutes", "not_a_number"),
    ("one_way = true", "one_way = 1", "route 1 (entrance): one_way", "not_a_flag"),
    ("timezone =", "timezone = 1 #", "office: timezone", "not_a_text"),
    (
        'kinds = ["counter", "entrance_room"]',
        'kinds = "counter"',
        "service 1 (benefit_emergency): kinds",
        "not_a_list",
    ),
    ('needs = ["cash-desk"]', "needs = [1]", "service 2 (cash_pickup): needs", "not_a_text"),
    ("window = {", "window = 7 #", "office: window", "not_a_table"),
    (
        'name = { de = "Einzelcoaching", en = "Individual coaching" }',
        'name = "Coaching"',
        "measure 3 (coaching): name",
        "not_by_language",
    ),
    ('en = "Main building"', "en = 3", "site 1 (main): name.en", "not_a_text"),
    ("date = 2020-12-24", "date = 2020-12-24T00:00:00", "exception 1: date", "not_a_date"),
    ("date = 2020-12-24", 'date = "2020-12-24"', "exception 1: date", "not_a_date"),
    ("starts = 2020-03-12T00:00:00", "starts = 2020-03-12", "phase 2 (preventive): starts", "not_an_instant"),
    ("[[hours]]", "[hours]", "hours", "not_tables"),
    (
        'de = ["Eingang Musterweg", "Hände desinfizieren", "durch den Warteraum geradeaus"]',
        'de = "Eingang"',
        "route 3 (annex): steps.de",
        "not_a_list",
    ),
    # texts
    ('name = { de = "Hauptgebäude", ', "name = { ", "site 1 (main): name", "no_german"),
    ('en = "Main building"', '"EN" = "Main building"', "site 1 (main): name", "not_a_language"),
    ('de = "Hauptgebäude"', 'de = " "', "site 1 (main): name.de", "blank"),
    ('de = "Hauptgebäude"', f'de = "{"x" * 201}"', "site 1 (main): name.de", "too_long"),
    ('de = "Hauptgebäude"', 'de = "Haupt\\ngebäude"', "site 1 (main): name.de", "control_character"),
    ('de = "Hauptgebäude"', 'de = "Haupt\\u007f"', "site 1 (main): name.de", "control_character"),
    ('de = "Hauptgebäude"', 'de = "Haupt\\u0085"', "site 1 (main): name.de", "control_character"),
    ('de = "Hauptgebäude"', 'de = "Haupt\\u202e"', "site 1 (main): name.de", "control_character"),
    ('de = "Hauptgebäude"', 'de = "Haupt\u2066"', "site 1 (main): name.de", "control_character"),
    ('de = ["Eingang Musterweg"', 'de = ["Eingang\\t"', "route 3 (annex): steps.de", "control_character"),
    (
        "notice = { de = ",
        'notice = { de = "\\u001b[2J" } #',
        "phase 2 (preventive): notice.de",
        "control_character",
    ),
    (
        'equipment = ["screen"]',
        'equipment = ["scr\\u0000een"]',
        "resource 3 (counter-3): equipment",
        "control_character",
    ),
    ('"Musterträger"', '"Muster\\rträger"', "measure 1 (language_course): provider", "control_character"),
    ('key = "workshop"', 'key = "Workshop"', "measure 2: key", "not_a_key"),
    ('key = "workshop"', f'key = "{"w" * 65}"', "measure 2: key", "not_a_key"),
    ('key = "workshop"', 'key = "workshop\\n"', "measure 2: key", "not_a_key"),
    # addresses, zones, regions
    *[
        ("termine@example.org", address, "office: mail.address", "not_an_address")
        for address in (
            "termine",
            "@example.org",
            "termine@",
            "termine@localhost",
            "a@b@example.org",
            "ter mine@example.org",
            "termine@example.org\\r\\nBcc: x@example.org",
            "termine@example.org\\n",
            "töpfe@example.org",
            '\\"termine\\"@example.org',
            "Termine <termine@example.org>",
            "a..b@example.org",
            ".a@example.org",
            "a@-example.org",
            "a@example..org",
            "x" * 65 + "@example.org",
            "a@" + "b" * 300 + ".org",
        )
    ],
    *[
        ('"Europe/Berlin"', f'"{zone}"', "office: timezone", "unknown_zone")
        for zone in (
            "Europe/Berlinn",
            "Europe",
            "../etc/passwd",
            "/etc/passwd",
            "localtime",
            "right/Europe/Berlin",
        )
    ],
    ('"DE-RP"', '"DE-XX"', "office: holidays", "unknown_region"),
    # numbers
    *[
        (old, new, where, "out_of_range")
        for old, new, where in (
            ("grid_minutes = 5", "grid_minutes = 0", "office: grid_minutes"),
            ("grid_minutes = 5", "grid_minutes = 1441", "office: grid_minutes"),
            ("from_minutes = 0", "from_minutes = -1", "office: window.from_minutes"),
            ("to_days = 365", "to_days = 3651", "office: window.to_days"),
            ("post_days = 3", "post_days = 61", "office: post_days"),
            ("post_days = 3", "post_days = 0x" + "f" * 9000, "office: post_days"),
            ("at_most = 4", "at_most = 0", "route 1 (entrance): arrivals.at_most"),
            ("within_minutes = 10", "within_minutes = 0", "route 1 (entrance): arrivals.within_minutes"),
            ("seats = 24", "seats = 0", "resource 8 (group-room): seats"),
            ("minutes = 20", "minutes = 0", "service 1 (benefit_emergency): minutes"),
            ("buffer_minutes = 15", "buffer_minutes = -5", "service 4 (integration): buffer_minutes"),
            ("step_minutes = 5", "step_minutes = 0", "service 7 (documents): step_minutes"),
        )
    ],
    # words and references
    ('decision = "redirect"', 'decision = "redirekt"', "phase 1 (regular), rule 1: decision", "unknown_word"),
    ('on_start = "cancel"', 'on_start = "delete"', "phase 2 (preventive), rule 1: on_start", "unknown_word"),
    ('walk_ins = "admit"', 'walk_ins = "yes"', "phase 1 (regular): walk_ins", "unknown_word"),
    ('kind = "office"', 'kind = "desk"', "resource 6 (office-201): kind", "unknown_word"),
    (
        'booked_by = ["customer"]',
        'booked_by = ["entrance"]',
        "phase 1 (regular), rule 1: booked_by",
        "unknown_word",
    ),
    ('mode = "on_site"', 'mode = "off"', "measure_mode 1: mode", "unknown_word"),
    (
        'mode = "on_site_hygiene" }',
        'mode = "off" }',
        "measure 1 (language_course), mode 1: mode",
        "unknown_word",
    ),
    (
        'operated_by = "own"',
        'operated_by = "us"',
        "hotline 1 (additional_number): operated_by",
        "unknown_word",
    ),
    (
        'services = ["cash_pickup"]',
        'services = ["cash"]',
        "phase 1 (regular), rule 1: services",
        "unknown_reference",
    ),
    (
        'services = ["cash_pickup"]',
        'services = ["cash_pikup"]',
        "phase 1 (regular), rule 1: services",
        "misspelt_reference",
    ),
    (
        'channels = ["phone"]',
        'channels = ["pager"]',
        "phase 1 (regular), rule 1: channels",
        "unknown_reference",
    ),
    ('sites = ["annex"]', 'sites = ["castle"]', "hours 1: sites", "unknown_reference"),
    ('resources = ["counter-3"]', 'resources = ["counter-33"]', "closure 2: resources", "misspelt_reference"),
    ('site = "main"', 'site = "mian"', "route 1 (entrance): site", "misspelt_reference"),
    ('route = "annex"', 'route = "cellar"', "resource 9 (annex-counter): route", "unknown_reference"),
    ('needs = ["cash-desk"]', 'needs = ["x-ray"]', "service 2 (cash_pickup): needs", "unknown_equipment"),
    ('needs = ["screen"]', 'needs = ["screan"]', "phase 5 (phase_1), rule 1: needs", "misspelt_equipment"),
    (
        'channels = ["phone"]',
        'channels = ["phone", "phone"]',
        "phase 1 (regular), rule 1: channels",
        "repeated",
    ),
    ('kinds = ["group_room"]', "kinds = []", "service 8 (group_information): kinds", "empty_list"),
    ('booked_by = ["customer"]', "booked_by = []", "phase 1 (regular), rule 1: booked_by", "empty_list"),
    ('channels = ["phone"]\n', "", "phase 1 (regular), rule 1: channels", "no_channel"),
    ('channels = ["phone"]', "channels = []", "phase 1 (regular), rule 1: channels", "no_channel"),
    (
        'route = "annex"',
        'route = "annex"\nsite = "main"',
        "resource 9 (annex-counter): site",
        "route_elsewhere",
    ),
    ('key = "counter-2"', 'key = "counter-1"', "resource 2 (counter-1): key", "duplicate"),
    ('key = "closed"', 'key = "phase_1"', "phase 5 (phase_1): key", "duplicate"),
    ("date = 2020-12-31", "date = 2020-12-24", "exception 2: date", "duplicate"),
    # time
    (
        "starts = 2020-03-18T00:00:00",
        "starts = 2020-03-17T00:00:00",
        "phase 4 (closed): announce_at",
        "announced_late",
    ),
    (
        "announce_at = 2020-03-17T14:00:00",
        "announce_at = 2020-03-18T00:00:01",
        "phase 4 (closed): announce_at",
        "announced_late",
    ),
    (
        "starts = 2020-07-20T00:00:00",
        "starts = 2020-06-02T00:00:00",
        "phase 6 (phase_2): starts",
        "equal_starts",
    ),
    (
        "starts = 2020-07-20T00:00:00",
        "starts = 2020-06-01T22:00:00Z",
        "phase 6 (phase_2): starts",
        "equal_starts",
    ),
    ("starts = 2020-03-30 ", "starts = 2020-03-16 ", "measure_mode 3: starts", "equal_starts"),
    (
        "effects_until = 2020-04-19T23:59:59",
        "effects_until = 2020-03-15T23:59:59",
        "phase 3 (appointments_cancelled): effects_until",
        "ends_before_start",
    ),
    (
        "starts = 2020-07-20T00:00:00",
        "starts = 2021-03-28T02:30:00",
        "phase 6 (phase_2): starts",
        "skipped_local_time",
    ),
    (
        "starts = 2020-07-20T00:00:00",
        "starts = 2020-10-25T02:30:00",
        "phase 6 (phase_2): starts",
        "doubled_local_time",
    ),
    ("to = 2020-11-12T18:00:00", "to = 2021-03-28T02:00:00", "closure 1: to", "skipped_local_time"),
    (
        "starts = 2020-07-20T00:00:00",
        "starts = 2201-01-01T00:00:00",
        "phase 6 (phase_2): starts",
        "out_of_years",
    ),
    (
        "starts = 2020-01-01T00:00:00",
        "starts = 0001-01-01T00:00:00+14:00",
        "phase 1 (regular): starts",
        "out_of_years",
    ),
    ("date = 2020-12-31", "date = 1969-12-31", "exception 2: date", "out_of_years"),
    ("to = 2020-11-12T18:00:00", "to = 2020-11-12T13:30:00", "closure 1: to", "reversed_span"),
    ("to = 2020-12-31\n", "to = 2019-12-31\n", "hours 1: to", "reversed_period"),
    ("closes = 2020-06-30", "closes = 2020-03-01", "hotline 2 (nationwide): closes", "reversed_period"),
    *[
        ('wed = ["08:00-12:00"]', f'wed = ["{hours}"]', "office: opening.wed", why)
        for hours, why in (
            ("8:00-12:00", "not_hours"),
            ("08:00 - 12:00", "not_hours"),
            ("08:00–12:00", "not_hours"),
            ("08:00-24:01", "not_hours"),
            ("25:00-26:00", "not_hours"),
            ("08:60-09:00", "not_hours"),
            ("٠٨:00-12:00", "not_hours"),
            ("12:00-08:00", "reversed_hours"),
            ("08:00-08:00", "reversed_hours"),
            ('08:00-12:00", "11:59-13:00', "overlapping_hours"),
            ('08:00-12:00", "08:00-12:00', "repeated"),
        )
    ],
    # what no place meets
    (
        'equipment = ["screen", "step-free", "cash-desk"]',
        'equipment = ["screen"]',
        "service 2 (cash_pickup): needs",
        "unknown_equipment",
    ),
    ('needs = ["cash-desk"]', 'needs = ["induction-loop"]', "service 2 (cash_pickup): needs", "no_place"),
    (
        'needs = ["screen"]',
        'needs = ["screen", "induction-loop", "cash-desk"]',
        "phase 5 (phase_1), rule 1: needs",
        "no_place",
    ),
]


@pytest.mark.parametrize(
    "old, new, where, why",
    CASES,
    ids=[f"{number}-{case[3]}" for number, case in enumerate(CASES, start=1)],
)
def test_each_fault_is_named_with_its_place(old: str, new: str, where: str, why: str) -> None:
    assert places_of(varied(old, new)) == [(where, why)]


def test_all_faults_of_a_file_are_told_in_one_run() -> None:
    changes = [
        ("grid_minutes = 5", "grid_minuten = 5"),
        ("termine@example.org", "termine"),
        ('"DE-RP"', '"XX"'),
        ("to = 2020-11-12T18:00:00", "to = 2020-03-29T02:30:00"),
        ('resources = ["counter-3"]', 'resources = ["counter-4"]'),
        ("date = 2020-12-31", "date = 2020-12-24"),
        ('sites = ["annex"]\nopening = { mon = ["08:00-12:00"]', 'opening = { mon = ["12:00-08:00"]'),
        ("at_most = 4", 'at_most = "4"'),
        ('key = "counter-2"', 'key = "counter-1"'),
        ('kind = "office"', 'kind = "ofice"'),
        ('needs = ["cash-desk"]', 'needs = ["x-ray"]'),
        ("minutes = 45", "minutes = 4500"),
        ('de = "Regelbetrieb", ', ""),
        ("announce_at = 2020-03-11T15:00:00", "announce_at = 2020-03-12T15:00:00"),
        ('decision = "justify"', 'decision = "justified"'),
        ("starts = 2020-07-20T00:00:00", "starts = 2020-06-02T00:00:00"),
        ('operated_by = "own"', ""),
    ]
    text = SCENARIO
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    assert sorted(places_of(text)) == [
        ("closure 1: to", "skipped_local_time"),
        ("closure 2: resources", "misspelt_reference"),
        ("exception 2: date", "duplicate"),
        ("hotline 1 (additional_number): operated_by", "missing"),
        ("hours 1: opening.mon", "reversed_hours"),
        ("office: grid_minuten", "misspelt_key"),
        ("office: holidays", "unknown_region"),
        ("office: mail.address", "not_an_address"),
        ("phase 1 (regular): name", "no_german"),
        ("phase 2 (preventive): announce_at", "announced_late"),
        ("phase 6 (phase_2), rule 3: decision", "unknown_word"),
        ("phase 6 (phase_2): starts", "equal_starts"),
        ("resource 2 (counter-1): key", "duplicate"),
        ("resource 6 (office-201): kind", "unknown_word"),
        ("route 1 (entrance): arrivals.at_most", "not_a_number"),
        ("service 2 (cash_pickup): needs", "unknown_equipment"),
        ("service 4 (integration): minutes", "out_of_range"),
    ]


def test_a_file_of_something_else_is_told_what_is_missing() -> None:
    assert places_of('[project]\nname = "theke"\n') == [
        ("project", "unknown_key"),
        ("format", "missing"),
        ("office", "missing"),
    ]


def test_hours_for_the_same_places_must_not_overlap() -> None:
    def period(first: str, last: str, scope: str) -> str:
        return f"[[hours]]\nfrom = {first}\nto = {last}\n{scope}\nopening = {{}}\n"

    year, june = ("2020-01-01", "2020-12-31"), ("2020-06-01", "2020-06-30")
    place, site = 'resources = ["t1"]', 'sites = ["amt"]'
    apart = period(*year, place) + period(*year, site) + period(*year, "")
    assert len(read(OFFICE + PLACE + apart).hours) == 3
    assert places_of(OFFICE + PLACE + apart + period("2020-12-31", "2021-01-31", place)) == [
        ("hours 4: from", "overlapping_periods")
    ]
    assert places_of(OFFICE + PLACE + period(*june, site) + period(*year, site)) == [
        ("hours 1: from", "overlapping_periods")
    ]
    assert places_of(OFFICE + period(*year, "") + period(*june, "")) == [
        ("hours 2: from", "overlapping_periods")
    ]
    following = period(*june, place) + period("2020-07-01", "2020-07-31", place)
    assert len(read(OFFICE + PLACE + following).hours) == 2


def test_a_service_may_be_offered_before_there_is_a_place_for_it() -> None:
    assert [service.key for service in read(OFFICE + SERVICE).services] == ["auskunft"]


def test_a_rule_that_books_at_another_site_than_the_places_leaves_none() -> None:
    text = varied(
        'kinds = ["counter"]\ndecision = "allow"',
        'kinds = ["entrance_room"]\nsites = ["annex"]\nneeds = ["screen"]\ndecision = "allow"',
    )
    assert places_of(text) == [("phase 3 (appointments_cancelled), rule 1: needs", "no_place")]
    refused = text.replace(
        'needs = ["screen"]\ndecision = "allow"', 'needs = ["screen"]\ndecision = "refuse"', 1
    )
    assert read(refused).phases[2].rules[0].sites == frozenset({"annex"})


def test_a_place_that_cannot_be_read_is_not_held_against_others() -> None:
    text = varied('equipment = ["screen", "step-free", "cash-desk"]', 'equipement = ["screen", "cash-desk"]')
    assert places_of(text) == [("resource 1 (counter-1): equipement", "misspelt_key")]


# ------------------------------------------------------------------------ sentences


@pytest.mark.parametrize(
    "old, new, line",
    [
        (
            'booked_by = ["reception", "caseworker", "manager"]',
            'booked_by = ["receptoin"]',
            'phase 3 (appointments_cancelled), rule 1: booked_by: "receptoin" is not possible here. '
            "Possible are: customer, reception, caseworker, manager, hotline.",
        ),
        (
            'channels = ["phone"]',
            'channels = ["fone"]',
            'phase 1 (regular), rule 1: channels: No [[channel]] has the key "fone". Did you mean "phone"?',
        ),
        (
            'timezone = "Europe/Berlin"',
            'timezone = "\\u001b[31mRome"',
            "office: timezone: The text contains the control character U+001B. Remove it.",
        ),
        (
            'key = "workshop"',
            'key = "\\u001b]0;x\\u0007"',
            r'measure 2: key: "\u001b]0;x\u0007" is not a key: up to 64 small letters, digits, - and _, '
            "the first a letter or digit.",
        ),
    ],
)
def test_a_fault_is_one_line_that_names_place_cause_and_remedy(old: str, new: str, line: str) -> None:
    assert [str(fault) for fault in faults_of(varied(old, new))] == [line]


def test_a_sentence_has_nothing_to_fill_in_left() -> None:
    fault = faults_of(varied("grid_minutes = 5", "grid_minutes = 0"))[0]
    assert sentence(fault) == "0 is not between 1 and 1440."


def test_every_kind_of_fault_is_shown_here_to_occur() -> None:
    of_the_past = {"changed_past", "removed_past", "inserted_past"}
    elsewhere = {"unknown_format", "overlapping_periods"} | of_the_past
    assert {case[3] for case in CASES} | {case[2] for case in UNREADABLE} | elsewhere == set(FAULT_SENTENCES)


def test_every_fault_has_a_sentence_with_values_by_name() -> None:
    for why, message in FAULT_SENTENCES.items():
        assert message.endswith((".", "?")), why
        assert re.findall(r"%(?!\([a-z]+\)s)", message) == [], why


# ------------------------------------------------------------------------ any file at all


def lines_about(source: bytes) -> list[str]:
    """What the operator is told about any file: nothing where it is a plan."""
    try:
        read_plan(source, known_holiday_region=known)
    except PlanFaults as refusal:
        return [str(fault) for fault in refusal.faults] or ["nothing, and yet it is refused\n"]
    return []


def is_told_well(source: bytes) -> bool:
    return all(line.isprintable() for line in lines_about(source))


FUZZ = settings(max_examples=100, deadline=None)


@FUZZ
@given(st.integers(0, len(SCENARIO.encode())))
def test_a_file_that_is_cut_off_is_told_and_nothing_else_happens(length: int) -> None:
    assert is_told_well(SCENARIO.encode()[:length])


@FUZZ
@given(st.data())
def test_a_file_with_wild_bytes_is_told_and_nothing_else_happens(data: st.DataObject) -> None:
    source = bytearray(SCENARIO.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(source)))
        source[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    assert is_told_well(bytes(source))


VALUES = [
    "0",
    "-1",
    "1.5",
    "nan",
    "true",
    '""',
    '"x"',
    "[]",
    "[[]]",
    "{}",
    "[{}]",
    "2020-01-01",
    "02:00:00",
    "2020-01-01T00:00:00",
]
LINES = [number for number, line in enumerate(SCENARIO.splitlines()) if " = " in line and line[0] != "#"]


@FUZZ
@given(st.lists(st.tuples(st.sampled_from(LINES), st.sampled_from(VALUES)), min_size=1, max_size=6))
def test_a_file_with_values_of_any_type_is_told_and_nothing_else_happens(
    changes: list[tuple[int, str]],
) -> None:
    lines = SCENARIO.splitlines()
    for number, value in changes:
        lines[number] = lines[number].split(" = ")[0] + " = " + value
    assert is_told_well("\n".join(lines).encode())


@FUZZ
@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_a_file_with_lines_in_wrong_places_is_told_and_nothing_else_happens(
    numbers: list[int], random: Random
) -> None:
    lines = SCENARIO.splitlines()
    for number in numbers:
        lines.insert(random.randrange(len(lines)), lines[number])
        del lines[random.randrange(len(lines))]
    assert is_told_well("\n".join(lines).encode())
