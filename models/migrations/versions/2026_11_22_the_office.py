"""The office: its plan, people, bookings, notices, switches and records."""

import sqlalchemy as sa
from alembic import op

# The database itself refuses two claims that occupy one resource at the same time. The end of a claim is
# stored, since `timestamptz + interval` is only stable and cannot stand in an index. Triggers say the same on
# SQLite; a batch migration of `claims` loses them and has to make them again.
_EXCLUSION = """
ALTER TABLE claims ADD CONSTRAINT claims_do_not_overlap EXCLUDE USING gist (
    int8range(resource_id, resource_id, '[]') WITH &&,
    tstzrange(starts_at, occupied_until) WITH &&
) WHERE (occupies)
"""
_TRIGGER = """
CREATE TRIGGER claims_do_not_overlap_{moment} BEFORE {event} ON claims
WHEN NEW.occupies AND EXISTS (
    SELECT 1 FROM claims AS other
    WHERE other.resource_id = NEW.resource_id AND other.occupies AND other.id IS NOT NEW.id
      AND other.starts_at < NEW.occupied_until AND NEW.starts_at < other.occupied_until
)
BEGIN SELECT RAISE(ABORT, 'claims_do_not_overlap'); END
"""

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_tokens"),
        sa.UniqueConstraint("digest", name="uq_api_tokens_digest"),
        sa.UniqueConstraint("name", name="uq_api_tokens_name"),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )
    op.create_table(
        "audit_records",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("seal", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_audit_records"),
        sa.UniqueConstraint("position", name="uq_audit_records_position"),
    )
    op.create_index("ix_audit_records_subject", "audit_records", ["subject"], unique=False)

    op.create_table(
        "demonstration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("told_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_demonstration"),
    )
    op.create_table(
        "heartbeats",
        sa.Column("job", sa.String(length=40), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("job", name="pk_heartbeats"),
    )
    op.create_table(
        "idempotency_records",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_idempotency_records"),
        sa.UniqueConstraint("actor", "key", name="uq_idempotency_records_actor"),
    )
    op.create_table(
        "office_clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ahead_seconds", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_office_clock"),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("address", sa.String(length=300), nullable=True),
        sa.Column("number", sa.String(length=40), nullable=True),
        sa.Column("born", sa.Date(), nullable=True),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
    )
    op.create_table(
        "phase_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("phase_key", sa.String(length=64), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_phase_runs"),
        sa.UniqueConstraint("phase_key", name="uq_phase_runs_phase_key"),
    )
    op.create_table(
        "plan_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plan_versions"),
    )
    op.create_table(
        "resources",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_resources"),
        sa.UniqueConstraint("key", name="uq_resources_key"),
    )
    op.create_table(
        "services",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_services"),
    )
    op.create_table(
        "bookings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("service_key", sa.String(length=64), nullable=False),
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("occupied_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("standing", sa.String(length=20), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("booked_by", sa.String(length=20), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("justification_category", sa.String(length=20), nullable=True),
        sa.Column("justification_text", sa.String(length=1000), nullable=True),
        sa.Column("cancelled_by", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.String(length=1000), nullable=True),
        sa.Column("ical_uid", sa.String(length=120), nullable=False),
        sa.Column("ical_sequence", sa.Integer(), nullable=False),
        sa.Column("invited", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_bookings_person_id_people"),
        sa.ForeignKeyConstraint(["resource_id"], ["resources.id"], name="fk_bookings_resource_id_resources"),
        sa.ForeignKeyConstraint(["service_key"], ["services.key"], name="fk_bookings_service_key_services"),
        sa.PrimaryKeyConstraint("id", name="pk_bookings"),
        sa.UniqueConstraint("reference", name="uq_bookings_reference"),
    )
    op.create_index("ix_bookings_person_id", "bookings", ["person_id"], unique=False)
    op.create_index("ix_bookings_starts_at_id", "bookings", ["starts_at", "id"], unique=False)
    op.create_index("ix_bookings_status_starts_at", "bookings", ["status", "starts_at"], unique=False)

    op.create_table(
        "phase_plannings",
        sa.Column("phase_key", sa.String(length=64), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["plan_versions.id"], name="fk_phase_plannings_version_id_plan_versions"
        ),
        sa.PrimaryKeyConstraint("phase_key", name="pk_phase_plannings"),
    )
    op.create_table(
        "claims",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("occupied_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("occupies", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="fk_claims_booking_id_bookings"),
        sa.ForeignKeyConstraint(["resource_id"], ["resources.id"], name="fk_claims_resource_id_resources"),
        sa.PrimaryKeyConstraint("id", name="pk_claims"),
    )
    op.create_index("ix_claims_booking_id", "claims", ["booking_id"], unique=False)
    op.create_index("ix_claims_resource_id_starts_at", "claims", ["resource_id", "starts_at"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("template", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("uid", sa.String(length=120), nullable=False),
        sa.Column("message_id", sa.String(length=120), nullable=False),
        sa.Column("rendered", sa.LargeBinary(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.String(length=80), nullable=True),
        sa.Column("problem", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="fk_outbox_booking_id_bookings"),
        sa.ForeignKeyConstraint(["run_id"], ["phase_runs.id"], name="fk_outbox_run_id_phase_runs"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("message_id", name="uq_outbox_message_id"),
    )
    op.create_index("ix_outbox_booking_id", "outbox", ["booking_id"], unique=False)
    op.create_index("ix_outbox_run_id", "outbox", ["run_id"], unique=False)
    op.create_index("ix_outbox_state_kind_id", "outbox", ["state", "kind", "id"], unique=False)
    op.create_index("ix_outbox_uid", "outbox", ["uid"], unique=False)

    op.create_table(
        "phase_effects",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("effect", sa.String(length=20), nullable=False),
        sa.Column("reach", sa.String(length=20), nullable=True),
        sa.Column("status_before", sa.String(length=20), nullable=False),
        sa.Column("standing_before", sa.String(length=20), nullable=False),
        sa.Column("channel_before", sa.String(length=20), nullable=False),
        sa.Column("undone", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="fk_phase_effects_booking_id_bookings"),
        sa.ForeignKeyConstraint(["run_id"], ["phase_runs.id"], name="fk_phase_effects_run_id_phase_runs"),
        sa.PrimaryKeyConstraint("id", name="pk_phase_effects"),
        sa.UniqueConstraint("run_id", "booking_id", name="uq_phase_effects_run_id"),
    )
    op.create_index("ix_phase_effects_booking_id", "phase_effects", ["booking_id"], unique=False)

    if op.get_bind().dialect.name == "postgresql":
        op.execute(_EXCLUSION)
    else:
        op.execute(_TRIGGER.format(moment="insert", event="INSERT"))
        op.execute(_TRIGGER.format(moment="update", event="UPDATE"))


def downgrade() -> None:
    op.drop_index("ix_phase_effects_booking_id", table_name="phase_effects")

    op.drop_table("phase_effects")
    op.drop_index("ix_outbox_uid", table_name="outbox")
    op.drop_index("ix_outbox_state_kind_id", table_name="outbox")
    op.drop_index("ix_outbox_run_id", table_name="outbox")
    op.drop_index("ix_outbox_booking_id", table_name="outbox")

    op.drop_table("outbox")
    op.drop_index("ix_claims_resource_id_starts_at", table_name="claims")
    op.drop_index("ix_claims_booking_id", table_name="claims")

    op.drop_table("claims")
    op.drop_table("phase_plannings")
    op.drop_index("ix_bookings_status_starts_at", table_name="bookings")
    op.drop_index("ix_bookings_starts_at_id", table_name="bookings")
    op.drop_index("ix_bookings_person_id", table_name="bookings")

    op.drop_table("bookings")
    op.drop_table("services")
    op.drop_table("resources")
    op.drop_table("plan_versions")
    op.drop_table("phase_runs")
    op.drop_table("people")
    op.drop_table("office_clock")
    op.drop_table("idempotency_records")
    op.drop_table("heartbeats")
    op.drop_table("demonstration")
    op.drop_index("ix_audit_records_subject", table_name="audit_records")

    op.drop_table("audit_records")
    op.drop_table("audit_head")
    op.drop_table("api_tokens")
