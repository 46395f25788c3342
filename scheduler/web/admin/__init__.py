"""The pages for administrators: who works here, with which rights, and where they are signed in."""

from flask import Flask

from scheduler.web.admin import staff
from scheduler.web.admin.blueprints import blueprint

#: Importing them puts their pages on the blueprint.
PAGES = (staff,)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
