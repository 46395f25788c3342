"""Calendar feeds: fetched by programs that know their secret address, and nothing else of the office."""

from datetime import UTC, datetime

from flask import Blueprint, Flask, make_response, request
from werkzeug import Response

from scheduler.adapters.ical import feed as written
from scheduler.domain.texts import SOURCE_LANGUAGE
from scheduler.queries import feeds as queries
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.permissions import public

blueprint = Blueprint("feeds", __name__)


@blueprint.get("/feeds/<secret>.ics")
@public
def feed(secret: str) -> Response:
    """The calendar, or 304 where the program has it as it is. Raises NotFound for any other address."""
    plan = current_office_plan()
    with frame().database.reading() as session:
        found = queries.feed_of(session, secret)
        entries = queries.entries(session, found, now=_today(), language=SOURCE_LANGUAGE)
    name = plan.office.mail_name.in_(SOURCE_LANGUAGE)
    if found.resource is not None:
        name = f"{name}: {found.resource.name[SOURCE_LANGUAGE]}"
    if found.caseworker is not None:
        name = f"{name}: {found.caseworker.name}"
    response = make_response(
        written(entries, name=name, organizer=plan.office.mail_address, language=SOURCE_LANGUAGE)
    )
    response.content_type = "text/calendar; charset=utf-8"
    response.headers["Cache-Control"] = "private, max-age=300"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    response.add_etag()
    return response.make_conditional(request)


def _today() -> datetime:
    """The beginning of the day (UTC): what is shown changes with the visits, not with each minute."""
    return office_now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
