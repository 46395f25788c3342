"""The second factor of staff accounts, its codes on paper, and sessions that wait for a code."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("staff", sa.Column("factor_secret", sa.String(200), nullable=True))
    op.add_column("staff", sa.Column("factor_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("staff", sa.Column("factor_period", sa.BigInteger(), nullable=True))
    op.add_column(
        "staff_sessions", sa.Column("awaits_code", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_table(
        "recovery_codes",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", "digest", name="pk_recovery_codes"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_recovery_codes_staff_id_staff"),
    )


def downgrade() -> None:
    """Whoever waits for a code is signed out: the older program would let them in without."""
    op.drop_table("recovery_codes")
    op.execute("DELETE FROM staff_sessions WHERE awaits_code")
    op.drop_column("staff_sessions", "awaits_code")
    op.drop_column("staff", "factor_period")
    op.drop_column("staff", "factor_since")
    op.drop_column("staff", "factor_secret")
