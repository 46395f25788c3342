"""Mails that answer an enquiry, and are about no visit."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("outbox") as outbox:
        outbox.alter_column("booking_id", existing_type=sa.Uuid(), nullable=True)
        outbox.add_column(sa.Column("enquiry_id", sa.Uuid(), nullable=True))
        outbox.create_foreign_key("fk_outbox_enquiry_id_enquiries", "enquiries", ["enquiry_id"], ["id"])
        outbox.create_check_constraint(
            op.f("ck_outbox_about_one"), "(booking_id IS NULL) <> (enquiry_id IS NULL)"
        )
        outbox.create_index("ix_outbox_enquiry_id", ["enquiry_id"])


def downgrade() -> None:
    op.execute("DELETE FROM outbox WHERE booking_id IS NULL")
    with op.batch_alter_table("outbox") as outbox:
        outbox.drop_index("ix_outbox_enquiry_id")
        outbox.drop_constraint(op.f("ck_outbox_about_one"), type_="check")
        outbox.drop_constraint("fk_outbox_enquiry_id_enquiries", type_="foreignkey")
        outbox.drop_column("enquiry_id")
        outbox.alter_column("booking_id", existing_type=sa.Uuid(), nullable=False)
