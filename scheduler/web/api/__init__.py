"""The counter for programs: the API v1 of the contract, with its description at /api/v1/openapi.json."""

from flask import Flask

from scheduler.web.api import (
    bookings,
    closures,
    enquiries,
    events,
    health,
    hotlines,
    metrics,
    offers,
    phases,
    worklist,
)
from scheduler.web.api.blueprints import Office
from scheduler.web.api.problems import answer_unknown_addresses

_SPEC = {
    "info": {"description": "An office whose rules change by date. Errors are problem details (RFC 9457)."},
    "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    "security": [{"token": []}],
}


def register(app: Flask) -> None:
    """Adds the API's calls and its description to the app."""
    app.config.update(
        API_TITLE="Theke",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        API_SPEC_OPTIONS=_SPEC,
    )
    office = Office(app)
    for module in (
        offers,
        bookings,
        events,
        enquiries,
        hotlines,
        worklist,
        closures,
        phases,
        health,
        metrics,
    ):
        office.register_blueprint(module.blueprint)
    answer_unknown_addresses(app)
