"""Where the pages for administrators come together."""

from flask import Blueprint

from scheduler.web.forgery import take_own_forms_alone

blueprint = Blueprint("admin", __name__, url_prefix="/admin")
take_own_forms_alone(blueprint)
