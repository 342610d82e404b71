"""What a task's text was read from, where files hold it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tasks", sa.Column("source_hash", sa.String(32)))
    op.create_index("ix_tasks_source_hash", "tasks", ["project_id", "source_hash"])


def downgrade() -> None:
    op.drop_index("ix_tasks_source_hash", "tasks")
    op.drop_column("tasks", "source_hash")
