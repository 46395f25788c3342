"""Calendar feeds of caseworkers."""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("feeds") as feeds:
        feeds.add_column(sa.Column("caseworker_id", sa.Integer(), nullable=True))
        feeds.create_foreign_key(
            "fk_feeds_caseworker_id_caseworkers", "caseworkers", ["caseworker_id"], ["id"]
        )
        feeds.create_check_constraint(
            op.f("ck_feeds_caseworker_of_its_kind"),
            "(kind = 'caseworker') = (caseworker_id IS NOT NULL)",
        )


def downgrade() -> None:
    """The older program does not know whose they are."""
    op.execute("DELETE FROM feeds WHERE kind = 'caseworker'")
    with op.batch_alter_table("feeds") as feeds:
        feeds.drop_constraint(op.f("ck_feeds_caseworker_of_its_kind"), type_="check")
        feeds.drop_constraint("fk_feeds_caseworker_id_caseworkers", type_="foreignkey")
        feeds.drop_column("caseworker_id")
