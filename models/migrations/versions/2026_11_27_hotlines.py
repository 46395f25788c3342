"""Calls to hotlines, counted by the hour, and who answers when."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hotline_calls",
        sa.Column("hotline", sa.String(64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("hotline", "day", "hour", name="pk_hotline_calls"),
        sa.CheckConstraint("calls >= 0", name=op.f("ck_hotline_calls_calls_are_counted")),
    )
    op.create_table(
        "shifts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hotline", sa.String(64), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shifts"),
    )
    op.create_index("ix_shifts_starts_at", "shifts", ["starts_at"])


def downgrade() -> None:
    op.drop_table("shifts")
    op.drop_table("hotline_calls")
