"""Applications that were filed, with a day of receipt that nobody alters."""

import sqlalchemy as sa
from alembic import op

# What was noted stays as it was, and the row for good; one that is struck out stays struck out.
_KEPT = ("id", "reference", "person_id", "received_on", "received_by", "noted_at", "noted_by")
_STRUCK = ("struck_at", "struck_by")


def _differ(names: tuple[str, ...]) -> str:
    old, new = (", ".join(f"{side}.{name}" for name in names) for side in ("OLD", "NEW"))
    return f"({old}) IS DISTINCT FROM ({new})"


_POSTGRESQL = f"""
CREATE FUNCTION application_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'application_is_kept' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER applications_are_not_changed BEFORE UPDATE ON applications FOR EACH ROW
WHEN ({_differ(_KEPT)} OR (OLD.struck_at IS NOT NULL AND {_differ(_STRUCK)}))
EXECUTE FUNCTION application_is_kept();
CREATE TRIGGER applications_are_not_deleted BEFORE DELETE ON applications
FOR EACH ROW EXECUTE FUNCTION application_is_kept();
CREATE TRIGGER applications_are_not_emptied BEFORE TRUNCATE ON applications
FOR EACH STATEMENT EXECUTE FUNCTION application_is_kept();
"""
_UNDO_POSTGRESQL = """
DROP TRIGGER applications_are_not_emptied ON applications;
DROP TRIGGER applications_are_not_deleted ON applications;
DROP TRIGGER applications_are_not_changed ON applications;
DROP FUNCTION application_is_kept();
"""
# The same on SQLite; a batch migration of the table loses them and has to make them again.
_SQLITE = {
    "applications_are_not_changed": "UPDATE ON applications WHEN "
    + " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in _KEPT)
    + " OR (OLD.struck_at IS NOT NULL AND ("
    + " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in _STRUCK)
    + "))",
    "applications_are_not_deleted": "DELETE ON applications",
}

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "applications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(12), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("enquiry_id", sa.Uuid(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("received_by", sa.String(20), nullable=False),
        sa.Column("about", sa.String(300), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by", sa.String(80), nullable=False),
        sa.Column("struck_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("struck_by", sa.String(80), nullable=True),
        sa.Column("struck_why", sa.String(1000), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_applications"),
        sa.UniqueConstraint("reference", name="uq_applications_reference"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_applications_person_id_people"),
        sa.ForeignKeyConstraint(
            ["enquiry_id"], ["enquiries.id"], name="fk_applications_enquiry_id_enquiries"
        ),
    )
    op.create_index("ix_applications_person_id", "applications", ["person_id"])
    op.create_index("ix_applications_enquiry_id", "applications", ["enquiry_id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_POSTGRESQL)
    else:
        for name, moment in _SQLITE.items():
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {moment} BEGIN SELECT RAISE(ABORT, 'application_is_kept'); END"
            )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_UNDO_POSTGRESQL)
    else:
        for name in reversed(_SQLITE):
            op.execute(f"DROP TRIGGER {name}")
    op.drop_table("applications")
