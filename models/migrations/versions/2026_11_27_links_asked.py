"""When a lost link was asked for: nobody reads it, and the request is gone within a minute."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("link_requests") as table:
        table.drop_column("asked_at")


def downgrade() -> None:
    with op.batch_alter_table("link_requests") as table:
        table.add_column(
            sa.Column(
                "asked_at",
                sa.DateTime(timezone=True),
                nullable=False,
                server_default="1970-01-01 00:00:00+00:00",
            )
        )
        table.alter_column("asked_at", server_default=None)
