"""One prediction of the final label and one of each LLM a task, under names that stay"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.rename_table("predictions", "former_predictions")
    op.create_table(
        "predictions",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("task_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("model_version", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("marks", sa.Text(), server_default="[]", nullable=False),
        sa.Column("round_number", sa.Integer(), server_default="0", nullable=False),
        sa.Column("prediction_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("noted_at", sa.Float(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("project_id", "task_id", "model_version"),
    )
    # what was noted stood in Label Studio under the version that was served: it is to be written under the new name
    op.execute(
        "INSERT INTO predictions (project_id, task_id, model_version, label, score, round_number, state) "
        "SELECT f.project_id, f.task_id, 'mraru', f.label, f.score, COALESCE(p.served_round, 0), 'stale' "
        "FROM former_predictions AS f JOIN projects AS p ON p.project_id = f.project_id "
        "WHERE f.model_version = p.served_version"
    )
    op.drop_table("former_predictions")
    op.execute("UPDATE projects SET served_version = 'mraru' WHERE served_version IS NOT NULL")
    op.drop_column("projects", "first_round")
    op.drop_column("rounds", "n_push_attempts")
    op.drop_column("rounds", "teacher_version")


def downgrade() -> None:
    op.add_column("rounds", sa.Column("teacher_version", sa.String(), nullable=True))
    op.add_column("rounds", sa.Column("n_push_attempts", sa.Integer(), server_default="0", nullable=False))
    op.add_column("projects", sa.Column("first_round", sa.Integer(), server_default="1", nullable=False))
    op.drop_table("predictions")
    op.create_table(
        "predictions",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("task_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("model_version", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "task_id"),
    )
