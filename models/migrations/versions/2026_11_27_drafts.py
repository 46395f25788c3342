"""A draft of the plan."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plan_drafts",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plan_drafts"),
        sa.ForeignKeyConstraint(
            ["base_id"], ["plan_versions.id"], name="fk_plan_drafts_base_id_plan_versions"
        ),
    )


def downgrade() -> None:
    op.drop_table("plan_drafts")
