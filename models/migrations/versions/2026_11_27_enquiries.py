"""Enquiries, and the steps that are done with them."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "enquiries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(12), nullable=False),
        sa.Column("medium", sa.String(20), nullable=False),
        sa.Column("service_key", sa.String(64), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("phone", sa.String(40), nullable=True),
        sa.Column("text", sa.String(2000), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("owner", sa.String(80), nullable=True),
        sa.Column("forwarded_to", sa.String(80), nullable=True),
        sa.Column("call_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("call_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("came_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("booking_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_enquiries"),
        sa.UniqueConstraint("reference", name="uq_enquiries_reference"),
        sa.ForeignKeyConstraint(["service_key"], ["services.key"], name="fk_enquiries_service_key_services"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_enquiries_person_id_people"),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="fk_enquiries_booking_id_bookings"),
    )
    op.create_index("ix_enquiries_closed_at_call_by", "enquiries", ["closed_at", "call_by"])
    op.create_index("ix_enquiries_person_id", "enquiries", ["person_id"])
    op.create_index("ix_enquiries_booking_id", "enquiries", ["booking_id"])
    op.create_table(
        "enquiry_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enquiry_id", sa.Uuid(), nullable=False),
        sa.Column("change", sa.String(20), nullable=False),
        sa.Column("text", sa.String(2000), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_by", sa.String(80), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_enquiry_steps"),
        sa.ForeignKeyConstraint(
            ["enquiry_id"], ["enquiries.id"], name="fk_enquiry_steps_enquiry_id_enquiries"
        ),
    )
    op.create_index("ix_enquiry_steps_enquiry_id", "enquiry_steps", ["enquiry_id"])


def downgrade() -> None:
    op.drop_table("enquiry_steps")
    op.drop_table("enquiries")
