"""What people need for a visit, and how many come to it."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_NEEDS = ("interpreter", "companion", "step_free")


def upgrade() -> None:
    for need in _NEEDS:
        op.add_column("people", sa.Column(need, sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("bookings", sa.Column("persons", sa.Integer(), server_default="1", nullable=False))
    op.add_column("bookings", sa.Column("others", sa.String(length=600), nullable=True))


def downgrade() -> None:
    op.drop_column("bookings", "others")
    op.drop_column("bookings", "persons")
    for need in reversed(_NEEDS):
        op.drop_column("people", need)
