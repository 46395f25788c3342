"""Group events, and the seats at them."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("series", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("booking_id", name="pk_events"),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="fk_events_booking_id_bookings"),
    )
    op.create_index("ix_events_series", "events", ["series"])
    op.create_table(
        "participants",
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("booking_id", name="pk_participants"),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="fk_participants_booking_id_bookings"),
        sa.ForeignKeyConstraint(["event_id"], ["events.booking_id"], name="fk_participants_event_id_events"),
        sa.UniqueConstraint("event_id", "seat", name="uq_participants_event_id"),
        sa.CheckConstraint("seat > 0", name="ck_participants_seat_counts_from_one"),
    )
    op.create_index("ix_participants_event_id", "participants", ["event_id"])


def downgrade() -> None:
    op.drop_table("participants")
    op.drop_table("events")
