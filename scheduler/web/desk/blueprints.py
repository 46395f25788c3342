"""Where the pages of the desk come together."""

from flask import Blueprint

from scheduler.web.forgery import take_own_forms_alone

blueprint = Blueprint("desk", __name__)
take_own_forms_alone(blueprint)
