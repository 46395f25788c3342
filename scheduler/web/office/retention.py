"""What the office keeps of people, why and for how long, and what would be forgotten now."""

from flask import render_template, request

from scheduler.domain.retention import CHORE_OF, DATA_MAP, LONGEST, Chore, Periods
from scheduler.domain.roles import Permission
from scheduler.queries.retention import counted
from scheduler.web.frame import frame, office_now
from scheduler.web.office.blueprints import blueprint
from scheduler.web.permissions import requires


@blueprint.get("/retention")
@requires(Permission.VIEW_RETENTION)
def retention() -> str:
    """With days in the address the same as it would be if the operator set them."""
    kept = frame().config.periods
    asked = Periods(*(_asked(chore, kept.days(chore)) for chore in Chore))
    with frame().database.reading() as session:
        due = counted(session, asked, office_now())
    columns: dict[Chore, list[str]] = {chore: [] for chore in Chore}
    for table, holds in DATA_MAP.items():
        for column, kind in holds.items():
            if kind in CHORE_OF:
                columns[CHORE_OF[kind]].append(f"{table}.{column}")
    return render_template(
        "office/retention/retention.html",
        chores=list(Chore),
        kept=kept,
        asked=asked,
        longest=LONGEST,
        due=due,
        columns=columns,
    )


def _asked(chore: Chore, otherwise: int) -> int:
    text = request.args.get(chore, "")
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        return otherwise
    return min(int(text), LONGEST.days(chore))
