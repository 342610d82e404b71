"""How many events were dealt with and forgotten"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "past_events",
        sa.Column("project_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("n_events", sa.Integer(), nullable=False),
        sa.Column("n_unreadable", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("past_events")
