"""Where the pages for managers come together."""

from flask import Blueprint

from scheduler.web.forgery import take_own_forms_alone

blueprint = Blueprint("office", __name__, url_prefix="/office")
take_own_forms_alone(blueprint)
