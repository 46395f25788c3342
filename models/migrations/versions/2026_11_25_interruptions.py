"""Interruptions of places, and visits that take longer than planned."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "interruptions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_by", sa.String(length=80), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resources.id"], name="fk_interruptions_resource_id_resources"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_interruptions"),
    )
    op.create_index("ix_interruptions_starts_at", "interruptions", ["starts_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_interruptions_starts_at", table_name="interruptions")
    op.drop_table("interruptions")
