"""Bookings that somebody has the switch into a phase keep."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "switch_overrides",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("phase_key", sa.String(64), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("kept_by", sa.String(80), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_switch_overrides_booking_id_bookings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_switch_overrides")),
        sa.UniqueConstraint("phase_key", "booking_id", name=op.f("uq_switch_overrides_phase_key")),
    )
    op.create_index(op.f("ix_switch_overrides_booking_id"), "switch_overrides", ["booking_id"])


def downgrade() -> None:
    op.drop_table("switch_overrides")
