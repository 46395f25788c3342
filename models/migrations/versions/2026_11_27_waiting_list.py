"""Who would come earlier, and what they were offered."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wishes",
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("booking_id", name="pk_wishes"),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="fk_wishes_booking_id_bookings"),
    )
    op.create_index("ix_wishes_asked_at", "wishes", ["asked_at"])
    op.create_table(
        "offers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("form", sa.String(36), nullable=False),
        sa.Column("answer", sa.String(20), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_offers"),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="fk_offers_booking_id_bookings"),
        sa.ForeignKeyConstraint(["resource_id"], ["resources.id"], name="fk_offers_resource_id_resources"),
    )
    op.create_index("ix_offers_booking_id", "offers", ["booking_id"])
    open_ = sa.text("answer IS NULL")
    op.create_index(
        "uq_offers_open", "offers", ["booking_id"], unique=True, postgresql_where=open_, sqlite_where=open_
    )


def downgrade() -> None:
    op.drop_table("offers")
    op.drop_table("wishes")
