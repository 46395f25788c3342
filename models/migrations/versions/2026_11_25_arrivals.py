"""When somebody arrived, was called, was served and left, and the number that is called on the day."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_STAMPS = ("arrived_at", "called_at", "served_at", "finished_at")
_INDEX = "ix_bookings_call_day_call_number"


def upgrade() -> None:
    for name in _STAMPS:
        op.add_column("bookings", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("bookings", sa.Column("call_day", sa.Date(), nullable=True))
    op.add_column("bookings", sa.Column("call_number", sa.Integer(), nullable=True))
    op.create_index(_INDEX, "bookings", ["call_day", "call_number"], unique=True)
    op.create_table(
        "call_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_call_days"),
    )


def downgrade() -> None:
    op.drop_table("call_days")
    op.drop_index(_INDEX, table_name="bookings")
    for name in ("call_number", "call_day", *reversed(_STAMPS)):
        op.drop_column("bookings", name)
