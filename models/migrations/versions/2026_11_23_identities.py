"""What people are known by, so that one person's bookings are found without looking at everybody's."""

import sqlalchemy as sa
from alembic import op

from scheduler.domain.limits import identities

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_KEYS = {"email_key": 254, "phone_key": 42, "number_key": 120}
_PEOPLE = sa.table(
    "people",
    sa.column("id", sa.Uuid()),
    *(sa.column(name, sa.String()) for name in ("email", "phone", "number", *_KEYS)),
)
_AT_ONCE = 1000


def upgrade() -> None:
    for name, length in _KEYS.items():
        op.add_column("people", sa.Column(name, sa.String(length=length), nullable=True))
    _fill()
    for name in _KEYS:
        op.create_index(f"ix_people_{name}", "people", [name], unique=False)


def downgrade() -> None:
    for name in _KEYS:
        op.drop_index(f"ix_people_{name}", table_name="people")
        op.drop_column("people", name)


def _fill() -> None:
    """By the rule by which the program looks for them; a later rule needs a migration that fills anew."""
    connection = op.get_bind()
    key = sa.bindparam("id_", type_=sa.Uuid())
    change = (
        sa.update(_PEOPLE).where(_PEOPLE.c.id == key).values({name: sa.bindparam(name) for name in _KEYS})
    )
    some = sa.select(_PEOPLE.c.id, _PEOPLE.c.email, _PEOPLE.c.phone, _PEOPLE.c.number)
    some = some.order_by(_PEOPLE.c.id).limit(_AT_ONCE)
    rows = connection.execute(some).all()
    while rows:
        found = [(row.id, identities(row.email, row.phone, row.number)) for row in rows]
        connection.execute(
            change,
            [
                {"id_": id_, "email_key": known.email, "phone_key": known.phone, "number_key": known.number}
                for id_, known in found
            ],
        )
        rows = connection.execute(some.where(_PEOPLE.c.id > rows[-1].id)).all()
