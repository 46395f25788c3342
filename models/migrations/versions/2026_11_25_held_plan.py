"""The plan that holds, asked for and held in one go: the function waits first and looks then."""

from alembic import op

_POSTGRESQL = """
CREATE FUNCTION held_plan_version(turn bigint) RETURNS TABLE (id integer, digest varchar)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(turn);
    RETURN QUERY SELECT v.id, v.digest FROM plan_versions AS v ORDER BY v.id DESC LIMIT 1;
END $$;
"""

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_POSTGRESQL)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION held_plan_version(bigint)")
