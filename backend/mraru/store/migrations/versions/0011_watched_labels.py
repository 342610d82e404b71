"""Answers that were cut before they named a label, and from which call on a model is watched for naming any"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "label_watches",
        sa.Column("project_id", sa.Integer(), primary_key=True),
        sa.Column("server", sa.String(), primary_key=True),
        sa.Column("model", sa.String(), primary_key=True),
        sa.Column("prompt_version", sa.String(), primary_key=True),
        sa.Column("after_call_id", sa.Integer(), nullable=False),
    )

    op.add_column("calls", sa.Column("cut_at", sa.Integer(), nullable=True))
    op.add_column("teacher_labels", sa.Column("cut_at", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("teacher_labels", "cut_at")
    op.drop_column("calls", "cut_at")
    op.drop_table("label_watches")
