"""Holds: claims without a booking, of whoever has the form open, that expire."""

import sqlalchemy as sa
from alembic import op

# A batch migration loses the triggers of SQLite, see the first migration.
_TRIGGER = """
CREATE TRIGGER claims_do_not_overlap_{moment} BEFORE {event} ON claims
WHEN NEW.occupies AND EXISTS (
    SELECT 1 FROM claims AS other
    WHERE other.resource_id = NEW.resource_id AND other.occupies AND other.id IS NOT NEW.id
      AND other.starts_at < NEW.occupied_until AND NEW.starts_at < other.occupied_until
)
BEGIN SELECT RAISE(ABORT, 'claims_do_not_overlap'); END
"""
_ONE_OF_BOTH = (
    "(booking_id IS NULL) = (hold IS NOT NULL) AND (hold IS NULL) = (held_by IS NULL)"
    " AND (hold IS NULL) = (held_until IS NULL)"
)

_EVENTS = (("insert", "INSERT"), ("update", "UPDATE"))

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("claims") as claims:
        claims.alter_column("booking_id", existing_type=sa.Uuid(), nullable=True)
        claims.add_column(sa.Column("hold", sa.Uuid(), nullable=True))
        claims.add_column(sa.Column("held_by", sa.String(length=80), nullable=True))
        claims.add_column(sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
        claims.create_check_constraint(op.f("ck_claims_booking_or_hold"), _ONE_OF_BOTH)
    op.create_index(
        "ix_claims_held_until",
        "claims",
        ["held_until"],
        unique=False,
        postgresql_where=sa.text("held_until IS NOT NULL"),
        sqlite_where=sa.text("held_until IS NOT NULL"),
    )
    _make_triggers()


def downgrade() -> None:
    op.drop_index("ix_claims_held_until", table_name="claims")
    op.execute("DELETE FROM claims WHERE hold IS NOT NULL")
    with op.batch_alter_table("claims") as claims:
        claims.drop_constraint(op.f("ck_claims_booking_or_hold"), type_="check")
        claims.drop_column("held_until")
        claims.drop_column("held_by")
        claims.drop_column("hold")
        claims.alter_column("booking_id", existing_type=sa.Uuid(), nullable=False)
    _make_triggers()


def _make_triggers() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for moment, event in _EVENTS:
            op.execute(_TRIGGER.format(moment=moment, event=event))
