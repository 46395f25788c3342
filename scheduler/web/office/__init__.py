"""The pages for managers: figures, and when a backlog is worked off."""

from flask import Flask

from scheduler.web.office import backlogs, figures
from scheduler.web.office.blueprints import blueprint

#: Importing them puts their pages on the blueprint.
PAGES = (backlogs, figures)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
