"""On whose wish a visit was moved, and when the entrance let somebody in."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("bookings", sa.Column("moved_by", sa.String(length=20), nullable=True))
    op.add_column("bookings", sa.Column("let_in_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("bookings", "let_in_at")
    op.drop_column("bookings", "moved_by")
