"""The door for servers and for the `flask` command; with a wrong setting no server starts."""

from config import Config, ConfigError
from scheduler.app import create_app
from scheduler.cli import app_without_office

try:
    app = create_app(Config.from_environ())
except ConfigError as error:
    app = app_without_office(error.faults)
