"""The pages for managers: figures, backlogs, posters, and what the office says of itself."""

from flask import Flask

from scheduler.web.office import (
    audit,
    audit_searches,
    backlogs,
    closures,
    drafts,
    feeds,
    figures,
    measures,
    posters,
    retention,
    statements,
    timelines,
    wayfinding,
)
from scheduler.web.office.blueprints import blueprint

#: Importing them puts their pages on the blueprint.
PAGES = (
    audit,
    audit_searches,
    backlogs,
    closures,
    drafts,
    feeds,
    figures,
    measures,
    posters,
    retention,
    statements,
    timelines,
    wayfinding,
)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
