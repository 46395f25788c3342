"""Puts the web process together."""

from collections.abc import Iterable
from datetime import timedelta
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from config import Config
from models.database import Database
from models.patience import answering_within
from scheduler import cli
from scheduler.queries.clocks import office_clock
from scheduler.web import admin, api, desk, feeds, office, public
from scheduler.web.accesses import keep_access_log
from scheduler.web.as_of import follow_as_of
from scheduler.web.crowds import limit_crowds
from scheduler.web.errors import explain_errors
from scheduler.web.frame import EXTENSION, Frame
from scheduler.web.headers import guard
from scheduler.web.languages import speak
from scheduler.web.layout import dress
from scheduler.web.logs import observe
from scheduler.web.words import teach

_MOST_BYTES = 1024 * 1024
_MOST_FIELDS = 100
_PATIENCE_S = 4.5


def create_app(config: Config) -> Flask:
    """The office on the web, with its pages, its API and its commands. Reads no environment."""
    app = Flask(__name__, template_folder=str(config.root / "templates"), static_folder="web/static")
    app.config.update(
        SECRET_KEY=config.secret_key,
        MAX_CONTENT_LENGTH=_MOST_BYTES,
        MAX_FORM_MEMORY_SIZE=_MOST_BYTES,
        MAX_FORM_PARTS=_MOST_FIELDS,
        SESSION_COOKIE_NAME="__Host-theke" if config.https else "theke",
        SESSION_COOKIE_SECURE=config.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        WTF_CSRF_CHECK_DEFAULT=False,  # pages ask for it themselves; the API takes tokens, no cookies
        WTF_CSRF_SSL_STRICT=False,  # the desk asks for Sec-Fetch-Site and Origin instead
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: reception works all day on one page
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(
            days=365
        ),  # the addresses of static files change with their content
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.wsgi_app = _in_time(app.wsgi_app)  # type: ignore[method-assign, assignment]  # as below
    if config.trusted_proxies:
        # So many addresses from the end are our own proxies' word; all before them anybody may have made up.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # as Flask documents it
            app.wsgi_app, x_for=config.trusted_proxies, x_proto=0, x_host=0
        )
    app.extensions[EXTENSION] = frame_for(config)
    observe(app)
    limit_crowds(app)
    keep_access_log(app)
    CSRFProtect(app)
    speak(app)
    guard(app, https=config.https)
    explain_errors(app)
    follow_as_of(app)
    dress(app)
    teach(app)
    desk.register(app)
    public.register(app)
    office.register(app)
    admin.register(app)
    feeds.register(app)
    api.register(app)
    cli.register(app)
    return app


def _in_time(application: WSGIApplication) -> WSGIApplication:
    """Answers before callers give up, whatever the database does."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with answering_within(_PATIENCE_S):
            return application(environ, start_response)

    return answer


def frame_for(config: Config) -> Frame:
    """The process's own things as the settings name them; nothing is connected to yet."""
    database = Database(config.database_url)
    return Frame(config, database, office_clock(database, demo=config.demo))
