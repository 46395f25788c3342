"""What was decided on the worklist."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "worklist_marks",
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("booking_id", name="pk_worklist_marks"),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name="fk_worklist_marks_booking_id_bookings"
        ),
    )


def downgrade() -> None:
    op.drop_table("worklist_marks")
