"""Measures: who is to be told of changes, and the hygiene plans of providers."""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "participants_on_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("measure", sa.String(64), nullable=False),
        sa.Column("side", sa.String(20), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("way", sa.String(20), nullable=False),
        sa.Column("email", sa.String(254), nullable=True),
        sa.Column("phone", sa.String(40), nullable=True),
        sa.Column("address", sa.String(300), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(80), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_participants_on_file"),
    )
    op.create_index(
        "ix_participants_on_file_measure_name_id", "participants_on_file", ["measure", "name", "id"]
    )
    op.create_table(
        "hygiene_plans",
        sa.Column("measure", sa.String(64), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("measure", name="pk_hygiene_plans"),
    )


def downgrade() -> None:
    op.drop_table("hygiene_plans")
    op.drop_table("participants_on_file")
