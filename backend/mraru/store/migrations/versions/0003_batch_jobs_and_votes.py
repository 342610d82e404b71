"""Batch jobs, and votes of several teachers"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "batch_jobs",
        sa.Column("job_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("round_number", sa.Integer(), nullable=False),
        sa.Column("server", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("prompt_version", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("n_requests", sa.Integer(), nullable=False),
        sa.Column("n_done", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("submitted_at", sa.Float(), nullable=True),
        sa.Column("polled_at", sa.Float(), nullable=True),
        sa.Column("finished_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("job_id"),
        sa.UniqueConstraint("mark"),
    )
    op.create_index("ix_batch_jobs_project", "batch_jobs", ["project_id", "status"])
    op.create_table(
        "batch_requests",
        sa.Column("call_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("text_hash", sa.String(32), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("asked_again_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("call_id"),
    )
    op.create_index(op.f("ix_batch_requests_job_id"), "batch_requests", ["job_id"])
    op.add_column("calls", sa.Column("batch_job_id", sa.Integer(), nullable=True))
    op.add_column("teacher_labels", sa.Column("votes", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("teacher_labels", "votes")
    op.drop_column("calls", "batch_job_id")
    op.drop_index(op.f("ix_batch_requests_job_id"), "batch_requests")
    op.drop_table("batch_requests")
    op.drop_index("ix_batch_jobs_project", "batch_jobs")
    op.drop_table("batch_jobs")
