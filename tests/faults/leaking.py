"""The office with a leak: each request leaves something behind for good. Never part of the product."""

from flask import Response

from config import Config
from scheduler.app import create_app

_LEFT_BEHIND = 200_000
_kept: list[bytearray] = []

app = create_app(Config.from_environ())


@app.after_request
def leak(response: Response) -> Response:
    _kept.append(bytearray(_LEFT_BEHIND))
    return response
