"""Calls about hotlines: how they stand, counting who calls, and the roster of who answers."""

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from models.hotlines import Shift
from scheduler.domain.errors import NotFound
from scheduler.domain.hotlines import COLUMNS, HotlineState, hotline_of, week_span
from scheduler.domain.instants import local_date
from scheduler.domain.people import NAME_LENGTH
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Permission
from scheduler.queries import hotlines as looks
from scheduler.usecases import hotlines as usecases
from scheduler.web.api.answers import local
from scheduler.web.api.blueprints import Blueprint
from scheduler.web.api.callers import caller, of_the_plan, requires
from scheduler.web.api.changes import REFUSALS, changed_once
from scheduler.web.api.fields import KEY_LENGTH, Text, Word
from scheduler.web.api.languages import language
from scheduler.web.api.problems import LARGEST_BODY
from scheduler.web.api.schemas import AnswerQuery, DaysQuery, NoFields, Shape
from scheduler.web.frame import current_office_plan, frame, office_now

blueprint = Blueprint(
    "hotlines", url_prefix="/api/v1", description="Numbers that people call, and who answers."
)

_LONGEST_COLUMN = 40
#: Ids are four bytes in every database.
_LARGEST_ID = 2**31 - 1


class VolumeAnswer(Schema):
    """The calls of a week; a week that is not whole says nothing about closing."""

    monday = fields.String(required=True, metadata={"format": "date"})
    calls = fields.Integer(required=True)
    whole = fields.Boolean(required=True)


class GapAnswer(Schema):
    """So many answer where more are needed."""

    starts_at = fields.String(required=True, metadata={"format": "date-time"})
    ends_at = fields.String(required=True, metadata={"format": "date-time"})
    present = fields.Integer(required=True)


class HotlineAnswer(Schema):
    """`now_on` and `gaps`, of this and the next six days, are of the office's own hotlines alone."""

    key = fields.String(required=True, metadata={"example": "additional_number"})
    name = fields.String(required=True)
    operated_by = fields.String(required=True, metadata={"example": "own"})
    state = Word(HotlineState, required=True)
    opens = fields.String(required=True, metadata={"format": "date"})
    closes = fields.String(required=True, allow_none=True, metadata={"format": "date"})
    open_now = fields.Boolean(required=True)
    now_on = fields.List(fields.String(), required=True)
    planned_staff = fields.Integer(required=True, allow_none=True)
    peak_staff = fields.Integer(required=True, allow_none=True)
    calls_today = fields.Integer(required=True)
    weeks = fields.List(fields.Nested(VolumeAnswer), required=True)
    gaps = fields.List(fields.Nested(GapAnswer), required=True)
    may_close = fields.Boolean(required=True)


class HotlinesAnswer(Schema):
    hotlines = fields.List(fields.Nested(HotlineAnswer), required=True)


class CountAnswer(Schema):
    hotline = fields.String(required=True)
    calls_today = fields.Integer(required=True)


class ShiftAnswer(Schema):
    """Somebody answers a hotline from `starts_at` until `ends_at`."""

    id = fields.Integer(required=True)
    hotline = fields.String(required=True)
    name = fields.String(required=True)
    starts_at = fields.String(required=True, metadata={"format": "date-time"})
    ends_at = fields.String(required=True, metadata={"format": "date-time"})


class RosterAnswer(Schema):
    shifts = fields.List(fields.Nested(ShiftAnswer), required=True)


class ImportedAnswer(Schema):
    shifts = fields.Integer(required=True)


class RemovedAnswer(Schema):
    removed = fields.Integer(required=True)


class ShiftFields(Shape):
    """The columns of the roster."""

    hotline = Text(longest=KEY_LENGTH, required=True, metadata={"example": "additional_number"})
    day = Text(longest=_LONGEST_COLUMN, required=True, metadata={"example": "2020-03-18"})
    starts = Text(longest=_LONGEST_COLUMN, required=True, metadata={"example": "08:00"})
    ends = Text(longest=_LONGEST_COLUMN, required=True, metadata={"example": "12:00"})
    name = Text(longest=NAME_LENGTH, required=True)


class RosterFields(Shape):
    """A table as text: one shift in each line, cells apart by semicolons or commas."""

    table = Text(
        longest=LARGEST_BODY,
        lines=True,
        required=True,
        metadata={"example": f"{';'.join(COLUMNS)}\nadditional_number;2020-03-18;08:00;12:00;Ada"},
    )


@blueprint.route("/hotlines")
@requires(Permission.COUNT_CALLS)
@blueprint.asks(AnswerQuery)
@blueprint.answers(HotlinesAnswer, 200, 401, 403, 422, 503)
def hotlines(_asked: dict[str, Any]) -> Response:
    """The hotlines of the plan: how each stands, who answers now, where too few do, and how many call."""
    plan = current_office_plan()
    with frame().database.reading() as session:
        found = looks.hotlines(session, plan, now=office_now())
    return jsonify(hotlines=[_hotline_values(plan, one) for one in found])


@blueprint.route("/hotlines/<key>/calls", methods=["POST"])
@requires(Permission.COUNT_CALLS)
@of_the_plan(hotline_of)
@blueprint.takes(NoFields)
@blueprint.answers(CountAnswer, 200, *REFUSALS, 404)
def count_call(_sent: dict[str, Any], key: str) -> Response:
    """Counts one more call, also to a hotline that is closed by now. Who counted it is not kept."""
    return _count(usecases.count_call, key)


@blueprint.route("/hotlines/<key>/calls/take-back", methods=["POST"])
@requires(Permission.COUNT_CALLS)
@of_the_plan(hotline_of)
@blueprint.takes(NoFields)
@blueprint.answers(CountAnswer, 200, *REFUSALS, 404)
def take_call_back(_sent: dict[str, Any], key: str) -> Response:
    """One call less, of the last hour of today in which somebody called."""
    return _count(usecases.take_call_back, key)


@blueprint.route("/roster")
@requires(Permission.EDIT_ROSTERS)
@blueprint.asks(DaysQuery)
@blueprint.answers(RosterAnswer, 200, 401, 403, 422, 503)
def roster(asked: dict[str, Any]) -> Response:
    """The shifts of some days, by their beginning."""
    plan, days = current_office_plan(), (asked["last"] - asked["first"]).days + 1
    with frame().database.glancing() as session:
        found = looks.shifts_within(session, week_span(plan, asked["first"], days))
    return jsonify(shifts=[_shift_values(plan, one) for one in found])


@blueprint.route("/roster", methods=["POST"])
@requires(Permission.EDIT_ROSTERS)
@blueprint.takes(ShiftFields)
@blueprint.answers(ShiftAnswer, 201, *REFUSALS)
def add_shift(sent: dict[str, Any]) -> Response:
    """Puts one shift on the roster."""
    plan, now = current_office_plan(), office_now()
    return changed_once(
        lambda session: _shift_values(plan, usecases.add_shift(session, sent, actor=caller(), now=now)),
        status=201,
    )


@blueprint.route("/roster/import", methods=["POST"])
@requires(Permission.EDIT_ROSTERS)
@blueprint.takes(RosterFields)
@blueprint.answers(ImportedAnswer, 200, *REFUSALS)
def import_roster(sent: dict[str, Any]) -> Response:
    """Takes in all shifts of a table, or none; what is wrong is said of each line."""
    now = office_now()
    return changed_once(
        lambda session: {"shifts": usecases.import_roster(session, sent["table"], actor=caller(), now=now)}
    )


@blueprint.route("/roster/<shift_id>/remove", methods=["POST"])
@requires(Permission.EDIT_ROSTERS)
@blueprint.takes(NoFields)
@blueprint.answers(RemovedAnswer, 200, *REFUSALS, 404)
def remove_shift(_sent: dict[str, Any], shift_id: str) -> Response:
    """Takes a shift off the roster."""
    if not (shift_id.isascii() and shift_id.isdigit() and int(shift_id) <= _LARGEST_ID):
        raise NotFound(what="shift", key=shift_id[:40])

    def work(session: Session) -> dict[str, Any]:
        usecases.remove_shift(session, int(shift_id), actor=caller(), now=office_now())
        return {"removed": int(shift_id)}

    return changed_once(work)


def _count(count: Callable[..., None], key: str) -> Response:
    now, today = office_now(), local_date(office_now(), current_office_plan().zone)

    def work(session: Session) -> dict[str, Any]:
        count(session, key, now=now)
        return {"hotline": key, "calls_today": looks.calls_on(session, key, today)}

    return changed_once(work)


def _hotline_values(plan: Plan, sight: looks.Sight) -> dict[str, Any]:
    hotline, zone = sight.hotline, plan.zone
    return {
        "key": hotline.key,
        "name": hotline.name.in_(language()),
        "operated_by": hotline.operated_by,
        "state": sight.state,
        "opens": hotline.opens.isoformat(),
        "closes": hotline.closes.isoformat() if hotline.closes else None,
        "open_now": sight.is_open_now,
        "now_on": [shift.name for shift in sight.now_on],
        "planned_staff": hotline.planned_staff,
        "peak_staff": hotline.peak_staff,
        "calls_today": sight.today,
        "weeks": [
            {"monday": week.monday.isoformat(), "calls": week.calls, "whole": week.is_whole}
            for week in sight.weeks
        ],
        "gaps": [
            {"starts_at": local(gap.span.start, zone), "ends_at": local(gap.span.end, zone)}
            | {"present": gap.present}
            for day in sight.days
            for gap in day.gaps
        ],
        "may_close": sight.may_close,
    }


def _shift_values(plan: Plan, shift: Shift) -> dict[str, Any]:
    return {
        "id": shift.id,
        "hotline": shift.hotline,
        "name": shift.name,
        "starts_at": local(shift.starts_at, plan.zone),
        "ends_at": local(shift.ends_at, plan.zone),
    }
