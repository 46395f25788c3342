"""Changes of measures that people are told of, each once; notices about measures."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

_ONE_OF_TWO = "(booking_id IS NULL) <> (enquiry_id IS NULL)"
_ONE_OF_THREE = (
    "CASE WHEN booking_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN enquiry_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN participant_id IS NULL THEN 0 ELSE 1 END = 1"
)


def upgrade() -> None:
    with op.batch_alter_table("outbox") as outbox:
        outbox.add_column(sa.Column("participant_id", sa.Uuid(), nullable=True))
        outbox.create_foreign_key(
            "fk_outbox_participant_id_participants_on_file",
            "participants_on_file",
            ["participant_id"],
            ["id"],
        )
        outbox.drop_constraint(op.f("ck_outbox_about_one"), type_="check")
        outbox.create_check_constraint(op.f("ck_outbox_about_one"), _ONE_OF_THREE)
        outbox.create_index("ix_outbox_participant_id", ["participant_id"])
    op.create_table(
        "mode_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(64), nullable=False),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("mode", sa.String(20), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_by", sa.String(80), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(80), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_mode_changes"),
        sa.UniqueConstraint("measure", "starts", "mode", name="uq_mode_changes_measure"),
    )
    op.create_table(
        "mode_tellings",
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=True),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("change_id", "participant_id", name="pk_mode_tellings"),
        sa.ForeignKeyConstraint(
            ["change_id"], ["mode_changes.id"], name="fk_mode_tellings_change_id_mode_changes"
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participants_on_file.id"],
            name="fk_mode_tellings_participant_id_participants_on_file",
        ),
        sa.ForeignKeyConstraint(["notice_id"], ["outbox.id"], name="fk_mode_tellings_notice_id_outbox"),
    )
    op.create_index("ix_mode_tellings_participant_id", "mode_tellings", ["participant_id"])
    op.create_index("ix_mode_tellings_notice_id", "mode_tellings", ["notice_id"])


def downgrade() -> None:
    op.drop_table("mode_tellings")
    op.drop_table("mode_changes")
    op.execute("DELETE FROM outbox WHERE participant_id IS NOT NULL")
    with op.batch_alter_table("outbox") as outbox:
        outbox.drop_index("ix_outbox_participant_id")
        outbox.drop_constraint(op.f("ck_outbox_about_one"), type_="check")
        outbox.create_check_constraint(op.f("ck_outbox_about_one"), _ONE_OF_TWO)
        outbox.drop_constraint("fk_outbox_participant_id_participants_on_file", type_="foreignkey")
        outbox.drop_column("participant_id")
