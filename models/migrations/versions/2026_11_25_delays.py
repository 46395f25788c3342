"""Until when a visit is expected to last that takes longer than planned."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("claims", sa.Column("lasts_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_claims_lasts_until",
        "claims",
        ["lasts_until"],
        unique=False,
        postgresql_where=sa.text("lasts_until IS NOT NULL"),
        sqlite_where=sa.text("lasts_until IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_claims_lasts_until", table_name="claims")
    op.drop_column("claims", "lasts_until")
