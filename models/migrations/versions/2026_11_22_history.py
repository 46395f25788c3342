"""Indexes with which years of history make no look at today any slower."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_claims_starts_at", "claims", ["starts_at"], unique=False)
    op.create_index(
        "ix_outbox_ticked_off",
        "outbox",
        ["settled_at", "id"],
        unique=False,
        postgresql_where=sa.text("settled_by IS NOT NULL"),
        sqlite_where=sa.text("settled_by IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_ticked_off", table_name="outbox")
    op.drop_index("ix_claims_starts_at", table_name="claims")
