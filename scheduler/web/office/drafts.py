"""The draft of the plan: its phases and rules, what they would do, and making it the plan."""

from collections.abc import Callable
from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug import Response as AnyResponse
from werkzeug.datastructures import CombinedMultiDict

from forms.drafts import TAGS, AdoptForm, CopyForm, DraftForm, PhaseForm, PlanFileForm, RuleForm, own_faults
from scheduler.adapters.words import plan_fault_in_words
from scheduler.domain import drafts
from scheduler.domain.errors import ChangedMeanwhile, DomainError, NotFound
from scheduler.domain.phases import Decision, Effect, Phase, Rule, WalkIns, phase_at
from scheduler.domain.planfiles import PlanFaults
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Kind
from scheduler.domain.roles import BOOKERS, Permission
from scheduler.queries.drafts import Draft, the_draft
from scheduler.queries.switches import preview_of_draft
from scheduler.usecases import drafts as usecases
from scheduler.web.errors import explain, status_of
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.languages import language, said
from scheduler.web.logs import note_refusal
from scheduler.web.office.blueprints import blueprint
from scheduler.web.office.timelines import as_file, drawn, ruled
from scheduler.web.permissions import current_actor, requires
from scheduler.web.previews import previewed
from scheduler.web.words import at_local, role_word, word

#: The number of a rule that is not there yet.
_NEW = 0


@blueprint.get("/draft")
@requires(Permission.EDIT_PLAN)
def draft() -> Response:
    return _draft_page()


@blueprint.post("/draft")
@requires(Permission.EDIT_PLAN)
def begin_draft() -> AnyResponse:
    with frame().database.transaction() as session:
        usecases.begin_draft(session, actor=current_actor(), now=office_now())
    return _back()


@blueprint.post("/draft/phases")
@requires(Permission.EDIT_PLAN)
def add_phase() -> AnyResponse:
    """A further phase: a copy of another, or one that takes no bookings any more."""
    form = CopyForm(request.form)

    def add(session: Session, found: Draft) -> None:
        phase = _further(form, found.plan)
        usecases.change_phase(session, phase, **_by(form))

    error = _tried(add)
    if error is None:
        flash(_("The phase is in the draft. Nothing of it holds before the draft is adopted."))
        return _back()
    return _draft_page(copy=form, error=error)


def _further(form: CopyForm, plan: Plan) -> Phase:
    name, starts = form.wished(plan.zone)
    key = drafts.key_for(name, plan.phases_by_key)
    if request.form.get("do") == "stop":
        before = phase_at(plan.phases, starts)
        if before is None:
            raise NotFound(what="phase", key="")
        return drafts.stopped(before, plan, key=key, name=name, starts=starts)
    return drafts.copied(drafts.phase_of(plan, str(form.like.data)), key=key, name=name, starts=starts)


@blueprint.get("/draft/phases/<key>")
@requires(Permission.EDIT_PLAN)
def draft_phase(key: str) -> Response:
    form, found = PhaseForm(formdata=None), _found()
    form.show(drafts.phase_of(found.plan, key), at_local)
    return _phase_page(found, key, form)


@blueprint.post("/draft/phases/<key>")
@requires(Permission.EDIT_PLAN)
def change_phase(key: str) -> AnyResponse:
    form = PhaseForm(request.form)

    def change(session: Session, found: Draft) -> None:
        phase = form.phase(drafts.phase_of(found.plan, key), found.plan.zone, now=office_now())
        usecases.change_phase(session, phase, **_by(form))

    error = _tried(change)
    if error is None:
        flash(_("The draft is changed."))
        return _back()
    return _phase_page(_found(), key, form, error)


@blueprint.post("/draft/phases/<key>/remove")
@requires(Permission.EDIT_PLAN)
def remove_phase(key: str) -> AnyResponse:
    drafts.phase_of(_found().plan, key)
    said_so = _("The phase is out of the draft.")
    return _deed(lambda session, form: usecases.remove_phase(session, key, **_by(form)), said_so)


@blueprint.get("/draft/phases/<key>/rules")
@requires(Permission.EDIT_PLAN)
def draft_rules(key: str) -> Response:
    return _rules_page(_found(), key)


@blueprint.post("/draft/phases/<key>/rules")
@requires(Permission.EDIT_PLAN)
def order_rules(key: str) -> AnyResponse:
    """Moves a rule up or down, or takes it out; the first that matches decides, so that order is all."""
    deed, _colon, number = request.form.get("do", "").partition(":")
    at = int(number) if number.isascii() and number.isdigit() and len(number) < 5 else _NEW

    def order(session: Session, found: Draft) -> None:
        phase = drafts.phase_of(found.plan, key)
        changed = (
            drafts.without_rule(phase, at)
            if deed == "remove"
            else drafts.with_rule_moved(phase, at, at - 1 if deed == "up" else at + 1)
        )
        usecases.change_phase(session, changed, **_by(DraftForm(request.form)))

    error = _tried(order)
    return _rules_page(_found(), key, error) if error else _back("office.draft_rules", key=key)


@blueprint.get("/draft/phases/<key>/rules/<int(max=9999):number>")
@requires(Permission.EDIT_PLAN)
def draft_rule(key: str, number: int) -> Response:
    """One rule by its number, 0 for a further one."""
    form, found = RuleForm(formdata=None), _found()
    form.show(_rule(drafts.phase_of(found.plan, key), number))
    return _rule_page(found, key, number, form)


@blueprint.post("/draft/phases/<key>/rules/<int(max=9999):number>")
@requires(Permission.EDIT_PLAN)
def change_rule(key: str, number: int) -> AnyResponse:
    form = RuleForm(request.form)

    def change(session: Session, found: Draft) -> None:
        phase = drafts.with_rule(drafts.phase_of(found.plan, key), form.rule(), number=number or None)
        usecases.change_phase(session, phase, **_by(form))

    error = _tried(change)
    return _rule_page(_found(), key, number, form, error) if error else _back("office.draft_rules", key=key)


@blueprint.get("/draft/phases/<key>/preview")
@requires(Permission.EDIT_PLAN)
def preview_draft(key: str) -> str:
    """What the switch into this phase would do if the draft were the plan now; by the code that does it."""
    with frame().database.reading() as session:
        found = preview_of_draft(session, the_draft(session).plan, key, now=office_now())
    return render_template("office/drafts/preview.html", **previewed(found))


@blueprint.get("/draft.toml")
@requires(Permission.EDIT_PLAN)
def draft_file() -> Response:
    return as_file(_found().document, "draft.toml")


@blueprint.post("/draft/file")
@requires(Permission.EDIT_PLAN)
def take_file() -> AnyResponse:
    form = PlanFileForm(CombinedMultiDict[str, Any]([request.files, request.form]))
    error = _tried(lambda session, found: usecases.take_file(session, form.source(), **_by(form)))
    if error is None:
        flash(_("The draft is what the file says."))
        return _back()
    return _draft_page(file=form, error=error)


@blueprint.post("/draft/drop")
@requires(Permission.EDIT_PLAN)
def drop_draft() -> AnyResponse:
    said_so = _("The draft is thrown away. The plan is as it was.")
    return _deed(lambda session, form: usecases.drop_draft(session, **_by(form)), said_so, "office.timeline")


@blueprint.post("/draft/renew")
@requires(Permission.EDIT_PLAN)
def renew_draft() -> AnyResponse:
    said_so = _("The draft now goes by the plan that holds.")
    return _deed(lambda session, form: usecases.renew_draft(session, **_by(form)), said_so)


@blueprint.get("/draft/adopt")
@requires(Permission.APPLY_PLAN)
def ask_to_adopt() -> Response:
    return _adopt_page(AdoptForm(formdata=None))


@blueprint.post("/draft/adopt")
@requires(Permission.APPLY_PLAN)
def adopt_draft() -> AnyResponse:
    form = AdoptForm(request.form)
    confirmed = bool(form.confirmed.data)
    error = _tried(lambda session, found: usecases.adopt_draft(session, confirmed=confirmed, **_by(form)))
    if error is None:
        flash(_("The draft is the plan now."))
        return _back("office.timeline")
    return _adopt_page(form, error)


# ------------------------------------------------------------------------------------------------- pages


def _found() -> Draft:
    with frame().database.reading() as session:
        return the_draft(session)


def _by(form: DraftForm) -> dict[str, Any]:
    """Who changes which version of the draft, and when."""
    return {"version": form.seen_version(), "actor": current_actor(), "now": office_now()}


def _tried(change: Callable[[Session, Draft], object]) -> DomainError | None:
    """Why a change was refused; None where it was made."""
    try:
        with frame().database.transaction() as session:
            change(session, the_draft(session))
    except DomainError as error:
        return error
    return None


def _deed(
    change: Callable[[Session, DraftForm], object], done: str, target: str = "office.draft"
) -> AnyResponse:
    """A change that needs nothing but the version that somebody saw."""
    form = DraftForm(request.form)
    error = _tried(lambda session, found: change(session, form))
    if error is None:
        flash(done)
        return _back(target)
    return _draft_page(error=error)


def _back(endpoint: str = "office.draft", **values: Any) -> AnyResponse:
    return redirect(url_for(endpoint, **values), 303)


def _refused(form: DraftForm, error: DomainError | None, found: Draft, title: str = "") -> list[str]:
    """Puts what is wrong beside its fields; answers the rest.

    The form goes on from the draft as it is now: who is told that it has changed decides anew.
    """
    form.version.data = str(found.version)
    if not isinstance(error, PlanFaults):
        return explain(form, error)
    note_refusal(error.code)
    own, others = own_faults(error.faults, title)
    left = form.place({path: plan_fault_in_words(fault, language()) for path, fault in own.items()})
    return left + [
        f"{_where(fault.where, found)}: {plan_fault_in_words(fault, language())}" for fault in others
    ]


def _where(where: str, found: Draft) -> str:
    """The phase that a fault is in by its name, where it names one."""
    for key, phase in {**found.base.phases_by_key, **found.plan.phases_by_key}.items():
        if f"({key})" in where:
            return said(phase.name)
    return where


def _title(found: Draft, key: str, phase: Phase | None = None) -> str:
    """How the plan file's faults name a phase: by its place in the order of starts."""
    changed = drafts.with_phase(found.plan, phase) if phase else found.plan
    position = next((n for n, one in enumerate(changed.phases, 1) if one.key == key), 0)
    return f"phase {position} ({key})"


def _answer(page: str, error: DomainError | None) -> Response:
    return make_response(page, 200 if error is None else status_of(error))


def _draft_page(
    copy: CopyForm | None = None, file: PlanFileForm | None = None, error: DomainError | None = None
) -> Response:
    found, now, asked = _found(), office_now(), copy or file or DraftForm(formdata=None)
    problems = _refused(asked, error, found)
    copy, file = copy or CopyForm(formdata=None), file or PlanFileForm(formdata=None)
    page = render_template(
        "office/drafts/draft.html",
        draft=found,
        copy=copy,
        likes=[(one.key, said(one.name)) for one in reversed(found.plan.phases)],
        file=file,
        problems=problems,
        faults=[
            (_where(one.where, found), plan_fault_in_words(one, language())) for one in found.faults(now=now)
        ],
        changeable={phase.key for phase in found.plan.phases if found.can_change(phase, now=now)},
        **drawn(found.plan),
    )
    return _answer(page, error)


def _phase_page(found: Draft, key: str, form: PhaseForm, error: DomainError | None = None) -> Response:
    phase = drafts.phase_of(found.plan, key)
    problems = _refused(form, error, found, _title(found, key))
    page = render_template(
        "office/drafts/phase.html",
        phase=phase,
        form=form,
        problems=problems,
        tags=TAGS,
        opened=any(
            form[f"{name}_{tag}"].errors for name in ("name", "notice") for tag in TAGS if tag != "de"
        ),
        walk_ins_named=[(one, word(one, "walk_ins")) for one in WalkIns],
        meanwhile=found if isinstance(error, ChangedMeanwhile) else None,
    )
    return _answer(page, error)


def _rules_page(found: Draft, key: str, error: DomainError | None = None) -> Response:
    phase = drafts.phase_of(found.plan, key)
    form = DraftForm(formdata=None)
    problems = _refused(form, error, found, _title(found, key))
    page = render_template(
        "office/drafts/rules.html", form=form, problems=problems, editable=True, **ruled(found.plan, phase)
    )
    return _answer(page, error)


def _rule_page(
    found: Draft, key: str, number: int, form: RuleForm, error: DomainError | None = None
) -> Response:
    phase = drafts.phase_of(found.plan, key)
    _rule(phase, number)
    at = number or len(phase.rules) + 1
    problems = _refused(form, error, found, f"{_title(found, key)}, rule {at}")
    page = render_template(
        "office/drafts/rule.html",
        plan=found.plan,
        phase=phase,
        number=number,
        form=form,
        problems=problems,
        decisions=list(Decision),
        **_choices(found.plan),
    )
    return _answer(page, error)


def _choices(plan: Plan) -> dict[str, list[tuple[str, str]]]:
    """What a rule can name, each with its word."""
    equipment = {one for place in plan.resources for one in place.equipment}
    return {
        "services_named": [(one.key, said(one.name)) for one in plan.services],
        "bookers_named": [(one, role_word(one)) for one in BOOKERS],
        "kinds_named": [(one, word(one, "kind")) for one in Kind],
        "sites_named": [(one.key, said(one.name)) for one in plan.sites],
        "equipment_named": [(one, one) for one in sorted(equipment)],
        "channels_named": [(one.key, said(one.name)) for one in plan.channels],
        "effects_named": [("", _("as the decision says"))] + [(one, word(one, "effect")) for one in Effect],
    }


def _rule(phase: Phase, number: int) -> Rule:
    return Rule(Decision.ALLOW) if number == _NEW else drafts.rule_at(phase, number)


def _adopt_page(form: AdoptForm, error: DomainError | None = None) -> Response:
    found, now = _found(), office_now()
    problems = _refused(form, error, found)
    at_once = found.at_once(now=now)
    with frame().database.reading() as session:
        counts = {
            phase.key: preview_of_draft(session, found.plan, phase.key, now=now).counts for phase in at_once
        }
    page = render_template(
        "office/drafts/adopt.html",
        draft=found,
        form=form,
        problems=problems,
        at_once=at_once,
        counts=counts,
        old=current_office_plan().phases_by_key,
    )
    return _answer(page, error)
