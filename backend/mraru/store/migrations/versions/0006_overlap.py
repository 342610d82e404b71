"""How many people are to label each task"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tasks", sa.Column("overlap", sa.Integer(), server_default="1", nullable=False))
    op.add_column("projects", sa.Column("maximum_annotations", sa.Integer(), server_default="1", nullable=False))
    op.add_column(
        "projects", sa.Column("overlap_cohort_percentage", sa.Integer(), server_default="100", nullable=False)
    )
    op.add_column("projects", sa.Column("skip_queue", sa.String(), server_default="", nullable=False))
    # what an earlier version read does not say: each project is read anew
    op.execute("UPDATE projects SET is_sync_due = 1")


def downgrade() -> None:
    op.drop_column("projects", "skip_queue")
    op.drop_column("projects", "overlap_cohort_percentage")
    op.drop_column("projects", "maximum_annotations")
    op.drop_column("tasks", "overlap")
