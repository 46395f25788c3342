"""Calls by one name from two places, and a test and a real one, stand beside each other."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_OPEN, _WITHOUT_PLACE = "uq_alarms_open_of_one", "uq_alarms_open_without_place"
_IS_OPEN = "ended_at IS NULL"
# What the old index cannot hold: of those that one name has open, only the last stays so.
_ONE_EACH = """
UPDATE alarms SET ended_at = raised_at, ended_by = raised_by WHERE ended_at IS NULL AND EXISTS (
    SELECT 1 FROM alarms AS later
    WHERE later.raised_by = alarms.raised_by AND later.ended_at IS NULL AND later.id > alarms.id
)
"""


def upgrade() -> None:
    op.drop_index(_OPEN, table_name="alarms")
    _index(_OPEN, ["raised_by", "is_test", "place"], _IS_OPEN)
    _index(_WITHOUT_PLACE, ["raised_by", "is_test"], f"{_IS_OPEN} AND place IS NULL")


def downgrade() -> None:
    op.drop_index(_WITHOUT_PLACE, table_name="alarms")
    op.drop_index(_OPEN, table_name="alarms")
    op.execute(_ONE_EACH)
    _index(_OPEN, ["raised_by"], _IS_OPEN)


def _index(name: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, "alarms", columns, unique=True, postgresql_where=condition, sqlite_where=condition)
