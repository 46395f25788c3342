"""What is kept of what was done: audit records that stay as they are, who read what, and tallies."""

import sqlalchemy as sa
from alembic import op

# A record never changes but once, when it is sealed, and never goes; the end of the chain never goes back.
_KEPT = ("id", "at", "actor", "action", "subject", "details")
_POSTGRESQL = f"""
CREATE FUNCTION audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_is_kept' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER audit_records_are_not_changed BEFORE UPDATE ON audit_records FOR EACH ROW
WHEN (OLD.seal IS NOT NULL
    OR ({", ".join(f"OLD.{name}{'::text' if name == 'details' else ''}" for name in _KEPT)})
    IS DISTINCT FROM ({", ".join(f"NEW.{name}{'::text' if name == 'details' else ''}" for name in _KEPT)}))
EXECUTE FUNCTION audit_is_kept();
CREATE TRIGGER audit_records_are_not_deleted BEFORE DELETE ON audit_records
FOR EACH ROW EXECUTE FUNCTION audit_is_kept();
CREATE TRIGGER audit_records_are_not_emptied BEFORE TRUNCATE ON audit_records
FOR EACH STATEMENT EXECUTE FUNCTION audit_is_kept();
CREATE TRIGGER audit_head_does_not_go_back BEFORE UPDATE ON audit_head FOR EACH ROW
WHEN (NEW.position < OLD.position) EXECUTE FUNCTION audit_is_kept();
CREATE TRIGGER audit_head_is_not_deleted BEFORE DELETE ON audit_head
FOR EACH ROW EXECUTE FUNCTION audit_is_kept();
"""
_UNDO_POSTGRESQL = """
DROP TRIGGER audit_head_is_not_deleted ON audit_head;
DROP TRIGGER audit_head_does_not_go_back ON audit_head;
DROP TRIGGER audit_records_are_not_emptied ON audit_records;
DROP TRIGGER audit_records_are_not_deleted ON audit_records;
DROP TRIGGER audit_records_are_not_changed ON audit_records;
DROP FUNCTION audit_is_kept();
"""
# The same on SQLite; a batch migration of either table loses them and has to make them again.
_SQLITE = {
    "audit_records_are_not_changed": "UPDATE ON audit_records WHEN OLD.seal IS NOT NULL OR "
    + " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in _KEPT),
    "audit_records_are_not_deleted": "DELETE ON audit_records",
    "audit_head_does_not_go_back": "UPDATE ON audit_head WHEN NEW.position < OLD.position",
    "audit_head_is_not_deleted": "DELETE ON audit_head",
}

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The sealer looks for what is left to do every few seconds, in a table that only grows.
    op.create_index(
        "ix_audit_records_unsealed",
        "audit_records",
        ["id"],
        unique=False,
        postgresql_where=sa.text("seal IS NULL"),
        sqlite_where=sa.text("seal IS NULL"),
    )
    op.create_table(
        "tallies",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_tallies"),
    )
    op.create_table(
        "accesses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("page", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_accesses"),
    )
    op.create_index("ix_accesses_subject", "accesses", ["subject"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_POSTGRESQL)
    else:
        for name, moment in _SQLITE.items():
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {moment} BEGIN SELECT RAISE(ABORT, 'audit_is_kept'); END"
            )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_UNDO_POSTGRESQL)
    else:
        for name in reversed(_SQLITE):
            op.execute(f"DROP TRIGGER {name}")
    op.drop_index("ix_accesses_subject", table_name="accesses")
    op.drop_table("accesses")
    op.drop_table("tallies")
    op.drop_index("ix_audit_records_unsealed", table_name="audit_records")
