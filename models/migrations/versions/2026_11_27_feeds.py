"""Calendar feeds that were given out."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feeds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("resource_id", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_by", sa.String(80), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_feeds"),
        sa.ForeignKeyConstraint(["resource_id"], ["resources.id"], name="fk_feeds_resource_id_resources"),
        sa.UniqueConstraint("digest", name="uq_feeds_digest"),
        sa.CheckConstraint("(kind = 'place') = (resource_id IS NOT NULL)", name="ck_feeds_place_of_its_kind"),
    )


def downgrade() -> None:
    op.drop_table("feeds")
