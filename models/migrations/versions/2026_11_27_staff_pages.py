"""One-time passwords of the staff, and on which device they are signed in."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("staff", sa.Column("one_time_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("staff_sessions", sa.Column("device", sa.String(60), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("staff_sessions", "device")
    op.drop_column("staff", "one_time_until")
