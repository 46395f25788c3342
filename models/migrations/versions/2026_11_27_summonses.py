"""Visits know when a legal summons was sent for them."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("bookings", sa.Column("summoned_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("bookings", "summoned_on")
