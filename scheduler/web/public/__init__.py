"""The pages for customers: what a visit is needed for, when one can be had, and booking it."""

from flask import Flask

from scheduler.web.public import bookings, enquiries, events, links, statements, visits
from scheduler.web.public.blueprints import blueprint

#: Importing them puts their pages on the blueprint.
PAGES = (bookings, enquiries, events, links, statements, visits)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
