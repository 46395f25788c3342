"""The office with routes that break on what they are sent, quoting it, as a mistake of ours might."""

from typing import Any, NoReturn

from flask import Flask, Response, request
from sqlalchemy import text

from config import Config
from scheduler.app import create_app
from scheduler.web.api.blueprints import Blueprint
from scheduler.web.frame import frame
from scheduler.web.permissions import public

_TWICE = "INSERT INTO plan_versions (id, digest, document, planned_at) VALUES (1, :word, :word, :word)"


def breaking(app: Flask) -> Flask:
    """Adds the routes to an application that has answered nothing yet."""
    blueprint = Blueprint("breaking", description="Breaks.", url_prefix="/api/v1")

    @public
    def at_once(**_words: Any) -> NoReturn:
        raise RuntimeError(f"cannot do {request.args} {request.get_data(as_text=True)}")

    @public
    def from_another(**_words: Any) -> None:
        try:
            int(request.get_data(as_text=True))
        except ValueError as error:
            raise KeyError(request.full_path) from error

    @public
    def in_the_database(**_words: Any) -> None:
        with frame().database.transaction() as session:
            session.execute(text(_TWICE), {"word": request.get_data(as_text=True)})

    for name, view in {"at-once": at_once, "chained": from_another, "database": in_the_database}.items():
        app.add_url_rule(f"/broken/{name}/<word>", f"broken-{name}", view, methods=["POST"])
        blueprint.add_url_rule(f"/broken/{name}/<word>", name, view, methods=["POST"])
    app.register_blueprint(blueprint)

    def break_late(response: Response) -> Response:
        if request.args.get("late"):
            raise RuntimeError(request.full_path)
        return response

    app.after_request(break_late)
    return app


def app() -> Flask:
    """For gunicorn."""
    return breaking(create_app(Config.from_environ()))
