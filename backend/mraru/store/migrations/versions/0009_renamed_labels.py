"""Labels that a label config no longer has, and what people said became of them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "label_renames",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("old_label", sa.String(), nullable=False),
        sa.Column("new_label", sa.String(), nullable=False),
        sa.Column("renamed_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "old_label"),
    )
    op.create_table(
        "former_prompts",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("server", sa.String(), nullable=False),
        sa.Column("prompt_version", sa.String(), nullable=False),
        sa.Column("former_version", sa.String(), nullable=False),
        sa.Column("old_label", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "model", "server", "prompt_version", "former_version", "old_label"),
    )
    op.create_table(
        "set_aside_labels",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "label"),
    )
    # annotations of labels that are gone were kept without their label: each project is read anew
    op.execute("UPDATE projects SET is_sync_due = 1")


def downgrade() -> None:
    op.drop_table("set_aside_labels")
    op.drop_table("former_prompts")
    op.drop_table("label_renames")
