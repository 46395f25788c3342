"""People without an appointment, emergencies at the door, and short contacts."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "walk_ins",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("call_day", sa.Date(), nullable=False),
        sa.Column("call_number", sa.Integer(), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("service_key", sa.String(length=64), nullable=True),
        sa.Column("resource_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        _moment("arrived_at", nullable=False),
        _moment("called_at"),
        _moment("served_at"),
        _moment("finished_at"),
        sa.Column("justification_category", sa.String(length=20), nullable=True),
        sa.Column("justification_text", sa.String(length=1000), nullable=True),
        sa.Column("allowed_by", sa.String(length=80), nullable=True),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["resource_id"], ["resources.id"], name="fk_walk_ins_resource_id_resources"),
        sa.ForeignKeyConstraint(["service_key"], ["services.key"], name="fk_walk_ins_service_key_services"),
        sa.PrimaryKeyConstraint("id", name="pk_walk_ins"),
    )
    op.create_index("ix_walk_ins_call_day_call_number", "walk_ins", ["call_day", "call_number"], unique=True)
    op.create_index("ix_walk_ins_status_call_day", "walk_ins", ["status", "call_day"], unique=False)
    op.create_table(
        "contacts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        _moment("counted_at", nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        _moment("taken_back_at"),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
    )
    op.create_index("ix_contacts_day_site", "contacts", ["day", "site"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_contacts_day_site", table_name="contacts")
    op.drop_table("contacts")
    op.drop_index("ix_walk_ins_status_call_day", table_name="walk_ins")
    op.drop_index("ix_walk_ins_call_day_call_number", table_name="walk_ins")
    op.drop_table("walk_ins")
