"""Searches of the records by employee."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_searches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("login", sa.String(60), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("filed_by", sa.String(80), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.String(20), nullable=True),
        sa.Column("decided_by", sa.String(80), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_audit_searches"),
        sa.CheckConstraint("decided_by <> filed_by", name="ck_audit_searches_two_people"),
        sa.CheckConstraint(
            "(decision IS NULL) = (decided_at IS NULL) AND (decision IS NULL) = (decided_by IS NULL)",
            name="ck_audit_searches_decided_as_a_whole",
        ),
    )


def downgrade() -> None:
    op.drop_table("audit_searches")
