"""When a project has something to do again"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("projects", sa.Column("again_at", sa.Float(), server_default="0"))


def downgrade() -> None:
    op.drop_column("projects", "again_at")
