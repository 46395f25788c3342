"""The silent alarm with its answers, and coded hints about people."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_IS_OPEN = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "alarms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_by", sa.String(length=80), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=True),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_alarms"),
    )
    op.create_index(
        "uq_alarms_open_of_one",
        "alarms",
        ["raised_by"],
        unique=True,
        postgresql_where=_IS_OPEN,
        sqlite_where=_IS_OPEN,
    )
    op.create_table(
        "alarm_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alarm_id", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["alarm_id"], ["alarms.id"], name="fk_alarm_answers_alarm_id_alarms"),
        sa.PrimaryKeyConstraint("id", name="pk_alarm_answers"),
        sa.UniqueConstraint("alarm_id", "actor", name="uq_alarm_answers_alarm_id"),
    )
    op.create_table(
        "hints",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("set_by", sa.String(length=80), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_hints_person_id_people"),
        sa.PrimaryKeyConstraint("id", name="pk_hints"),
    )
    op.create_index("ix_hints_person_id", "hints", ["person_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_hints_person_id", table_name="hints")
    op.drop_table("hints")
    op.drop_table("alarm_answers")
    op.drop_index("uq_alarms_open_of_one", table_name="alarms")
    op.drop_table("alarms")
