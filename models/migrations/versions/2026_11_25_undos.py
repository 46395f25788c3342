"""When a switch was taken back to its end, so that nobody looks through all it did to know."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_ENDED = """
UPDATE phase_runs SET undo_ended_at = undone_at WHERE undone_at IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM phase_effects WHERE phase_effects.run_id = phase_runs.id AND phase_effects.undone IS NULL
)
"""


def upgrade() -> None:
    op.add_column("phase_runs", sa.Column("undo_ended_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(_ENDED)


def downgrade() -> None:
    op.drop_column("phase_runs", "undo_ended_at")
