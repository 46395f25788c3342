"""The pages of the desk: the day, bookings, who is to be told, notices, switches, and signing in."""

from flask import Flask

from scheduler.web.desk import (
    accounts,
    alarms,
    applications,
    arrivals,
    as_of,
    bookings,
    cashdesks,
    catchups,
    choices,
    clocks,
    contacts,
    days,
    delays,
    displays,
    enquiries,
    entrances,
    events,
    factors,
    hints,
    holds,
    hotlines,
    interruptions,
    letters,
    notices,
    parking,
    people,
    queueing,
    sheets,
    slips,
    slots,
    staff,
    summonses,
    switches,
    walk_ins,
    wayfinding,
    worklist,
)
from scheduler.web.desk.blueprints import blueprint

#: Importing them puts their pages on the blueprint.
PAGES = (
    accounts,
    alarms,
    applications,
    arrivals,
    as_of,
    bookings,
    cashdesks,
    catchups,
    choices,
    clocks,
    contacts,
    days,
    delays,
    displays,
    enquiries,
    entrances,
    events,
    factors,
    hints,
    holds,
    hotlines,
    interruptions,
    letters,
    notices,
    parking,
    people,
    queueing,
    sheets,
    slips,
    slots,
    staff,
    summonses,
    switches,
    walk_ins,
    wayfinding,
    worklist,
)


def register(app: Flask) -> None:
    clocks.offer_stops(app)
    alarms.put_on_every_page(app)
    app.register_blueprint(blueprint)
