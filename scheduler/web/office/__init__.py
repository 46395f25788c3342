"""The pages for managers: figures, when a backlog is worked off, and what the office says of itself."""

from flask import Flask

from scheduler.web.office import backlogs, figures, statements
from scheduler.web.office.blueprints import blueprint

#: Importing them puts their pages on the blueprint.
PAGES = (backlogs, figures, statements)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
