"""As of which instant somebody looks at the office, kept with the session."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("staff_sessions", sa.Column("as_of", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("staff_sessions", "as_of")
