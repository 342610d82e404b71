"""Review: opinions, the audit sample, tabs, settings of one project, drafts of definitions"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "opinions",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text_hash", sa.String(length=32), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("is_out_of_fold", sa.Boolean(), nullable=False),
        sa.Column("round_number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "text_hash"),
    )
    op.create_index("ix_opinions_score", "opinions", ["project_id", "score"])
    op.create_table(
        "audit_samples",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("frame", sa.String(), nullable=False),
        sa.Column("text_hash", sa.String(length=32), nullable=False),
        sa.Column("draw_number", sa.Integer(), nullable=False),
        sa.Column("drawn_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "frame", "text_hash"),
    )
    op.create_table(
        "review_tabs",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("view_id", sa.Integer(), nullable=False),
        sa.Column("written", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "kind"),
    )
    op.create_table(
        "settled_gold",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text_hash", sa.String(length=32), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "text_hash"),
    )
    op.create_table(
        "project_settings",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "name"),
    )
    op.create_table(
        "definition_drafts",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "label"),
    )
    op.add_column("projects", sa.Column("rounds_left", sa.Integer(), nullable=True))
    op.add_column("annotations", sa.Column("is_ground_truth", sa.Boolean(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("annotations", "is_ground_truth")
    op.drop_column("projects", "rounds_left")
    op.drop_table("definition_drafts")
    op.drop_table("project_settings")
    op.drop_table("settled_gold")
    op.drop_table("review_tabs")
    op.drop_table("audit_samples")
    op.drop_index("ix_opinions_score", "opinions")
    op.drop_table("opinions")
