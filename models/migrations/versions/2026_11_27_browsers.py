"""An alarm knows from which browser it was raised: two computers may have the same login and place."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_INDEXES = {"uq_alarms_open_of_one": ["place"], "uq_alarms_open_without_place": []}
_OPEN = {
    "uq_alarms_open_of_one": "ended_at IS NULL",
    "uq_alarms_open_without_place": "ended_at IS NULL AND place IS NULL",
}
_LATER = """
UPDATE alarms SET ended_at = raised_at, ended_by = raised_by WHERE ended_at IS NULL AND EXISTS (
    SELECT 1 FROM alarms AS later
    WHERE later.ended_at IS NULL AND later.raised_by = alarms.raised_by AND later.is_test = alarms.is_test
    AND coalesce(later.place, '') = coalesce(alarms.place, '') AND later.id > alarms.id
)
"""


def upgrade() -> None:
    op.add_column("alarms", sa.Column("browser", sa.String(32), nullable=False, server_default=""))
    with op.batch_alter_table("alarms") as alarms:
        alarms.alter_column("browser", server_default=None)
    _index("raised_by", "browser", "is_test")


def downgrade() -> None:
    op.execute(_LATER)
    _index("raised_by", "is_test")
    with op.batch_alter_table("alarms") as alarms:
        alarms.drop_column("browser")


def _index(*columns: str) -> None:
    for name, more in _INDEXES.items():
        op.drop_index(name, table_name="alarms")
        where = sa.text(_OPEN[name])
        op.create_index(
            name, "alarms", [*columns, *more], unique=True, postgresql_where=where, sqlite_where=where
        )
