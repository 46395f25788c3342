"""Caseworkers and their absences; a booking may be with one, who is in no two talks at once."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0056"
branch_labels = None
depends_on = None

_TALKING = "('requested', 'booked', 'checked_in', 'called', 'in_service')"

_EXCLUSION = f"""
ALTER TABLE bookings ADD CONSTRAINT talks_do_not_overlap EXCLUDE USING gist (
    int8range(caseworker_id, caseworker_id, '[]') WITH &&,
    tstzrange(starts_at, ends_at) WITH &&
) WHERE (caseworker_id IS NOT NULL AND status IN {_TALKING})
"""
_TRIGGER = """
CREATE TRIGGER talks_do_not_overlap_{moment} BEFORE {event} ON bookings
WHEN NEW.caseworker_id IS NOT NULL AND NEW.status IN {talking} AND EXISTS (
    SELECT 1 FROM bookings AS other
    WHERE other.caseworker_id = NEW.caseworker_id AND other.status IN {talking} AND other.id IS NOT NEW.id
      AND other.starts_at < NEW.ends_at AND NEW.starts_at < other.ends_at
)
BEGIN SELECT RAISE(ABORT, 'talks_do_not_overlap'); END
"""
_EVENTS = (("insert", "INSERT"), ("update", "UPDATE OF caseworker_id, status, starts_at, ends_at"))


def upgrade() -> None:
    op.create_table(
        "caseworkers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("team", sa.String(80), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("deputy_id", sa.Integer(), nullable=True),
        sa.Column("hours", sa.JSON(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_caseworkers"),
        sa.UniqueConstraint("name", name="uq_caseworkers_name"),
        sa.UniqueConstraint("staff_id", name="uq_caseworkers_staff_id"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_caseworkers_staff_id_staff"),
        sa.ForeignKeyConstraint(
            ["deputy_id"], ["caseworkers.id"], name="fk_caseworkers_deputy_id_caseworkers"
        ),
    )
    op.create_table(
        "absences",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("caseworker_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.String(80), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_absences"),
        sa.ForeignKeyConstraint(
            ["caseworker_id"], ["caseworkers.id"], name="fk_absences_caseworker_id_caseworkers"
        ),
    )
    op.create_index("ix_absences_caseworker_id", "absences", ["caseworker_id"])
    # Not as a batch: that would copy all bookings of SQLite.
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "ALTER TABLE bookings ADD COLUMN caseworker_id INTEGER"
            " CONSTRAINT fk_bookings_caseworker_id_caseworkers REFERENCES caseworkers (id)"
        )
    else:
        op.add_column("bookings", sa.Column("caseworker_id", sa.Integer(), nullable=True))
        op.create_foreign_key(
            "fk_bookings_caseworker_id_caseworkers", "bookings", "caseworkers", ["caseworker_id"], ["id"]
        )
    op.create_index(
        "ix_bookings_caseworker_id_starts_at",
        "bookings",
        ["caseworker_id", "starts_at"],
        postgresql_where=sa.text("caseworker_id IS NOT NULL"),
        sqlite_where=sa.text("caseworker_id IS NOT NULL"),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_EXCLUSION)
    else:
        for moment, event in _EVENTS:
            op.execute(_TRIGGER.format(moment=moment, event=event, talking=_TALKING))


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE bookings DROP CONSTRAINT talks_do_not_overlap")
    else:
        for moment, _ in _EVENTS:
            op.execute(f"DROP TRIGGER talks_do_not_overlap_{moment}")
    op.drop_index("ix_bookings_caseworker_id_starts_at", table_name="bookings")
    op.drop_column("bookings", "caseworker_id")
    op.drop_table("absences")
    op.drop_table("caseworkers")
