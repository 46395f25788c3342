"""Where the pages for customers come together; their addresses say nothing of what somebody comes for."""

from flask import Blueprint

from scheduler.web.forgery import take_own_forms_alone

blueprint = Blueprint("public", __name__, url_prefix="/termin")
take_own_forms_alone(blueprint)
