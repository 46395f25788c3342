"""Who wished to stay on file, and which edition of a wording a notice went out in."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("on_file_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("outbox", sa.Column("edition", sa.String(12), nullable=True))


def downgrade() -> None:
    op.drop_column("outbox", "edition")
    op.drop_column("people", "on_file_since")
