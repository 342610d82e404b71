"""Whether people here, or Label Studio asked with the team's token, said that a project's rounds may begin"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("projects", sa.Column("is_allowed", sa.Boolean(), nullable=False, server_default="0"))
    op.add_column("projects", sa.Column("start_asked_at", sa.Float(), nullable=True))
    # what was at work goes on
    op.execute("UPDATE projects SET is_allowed = 1 WHERE state NOT IN ('connected', 'disconnected')")
    # a token that came with /setup and is not used is not kept; where it is allowed, Label Studio sends it again
    op.execute("UPDATE projects SET access_token = NULL")


def downgrade() -> None:
    op.drop_column("projects", "start_asked_at")
    op.drop_column("projects", "is_allowed")
