"""The barest programs on the same stack, which the product is measured beside; gunicorn serves them too."""

import os
from itertools import count
from random import randrange

from flask import Flask, request
from sqlalchemy import create_engine, text

from models.database import Database

FLOORS = "tests.bench.floors:app"

_TABLE = """
CREATE TABLE floor_visits (
    id bigserial PRIMARY KEY,
    resource_id integer NOT NULL,
    starts_at timestamptz NOT NULL,
    occupied_until timestamptz NOT NULL,
    occupies boolean NOT NULL,
    CONSTRAINT floor_visits_do_not_overlap EXCLUDE USING gist (
        int8range(resource_id, resource_id, '[]') WITH &&, tstzrange(starts_at, occupied_until) WITH &&
    ) WHERE (occupies)
)
"""
_ROW = text("SELECT id, resource_id, starts_at, occupied_until FROM floor_visits WHERE id = :id")
_INSERT = text(
    "INSERT INTO floor_visits (resource_id, starts_at, occupied_until, occupies) VALUES"
    " (:resource_id, timestamptz '2030-01-01 00:00Z' + :quarter * interval '15 minutes',"
    " timestamptz '2030-01-01 00:15Z' + :quarter * interval '15 minutes', true)"
)
_DAY = text(
    "SELECT bookings.*, resources.key, resources.name AS place, services.name AS concern, people.*"
    " FROM bookings JOIN resources ON resources.id = bookings.resource_id"
    " JOIN services ON services.key = bookings.service_key JOIN people ON people.id = bookings.person_id"
    " WHERE starts_at >= :start AND starts_at < :end ORDER BY starts_at, reference"
)
_ROWS = 1000


def lay(database: Database) -> None:
    """Makes the floors' own table in the product's database, with some rows."""
    with database.migrating() as connection:
        connection.execute(text(_TABLE))
        for quarter in range(_ROWS):
            connection.execute(_INSERT, {"resource_id": 0, "quarter": quarter})


def create_app() -> Flask:
    app = Flask(__name__)
    url = os.environ["THEKE_DATABASE_URL"].replace("postgresql:", "postgresql+psycopg:", 1)
    engine = create_engine(url)
    numbers = count()
    own = os.getpid()  # each worker writes to places of its own

    @app.get("/healthz")
    def healthz() -> str:
        return "ok"

    @app.get("/row")
    def row() -> str:
        with engine.connect() as connection:
            return str(connection.execute(_ROW, {"id": randrange(1, _ROWS + 1)}).one())

    @app.post("/row")
    def insert() -> tuple[str, int]:
        request.get_data()
        number = next(numbers)
        place, quarter = own * 100 + number % 100, number // 100
        with engine.begin() as connection:
            connection.execute(_INSERT, {"resource_id": place, "quarter": quarter})
        return "made", 201

    @app.get("/day")
    def day() -> str:
        with engine.connect() as connection:
            return "\n".join(str(found) for found in connection.execute(_DAY, dict(request.args)))

    return app


if "THEKE_DATABASE_URL" in os.environ:  # gunicorn imports this; the benchmarks do too, for `lay`
    app = create_app()
