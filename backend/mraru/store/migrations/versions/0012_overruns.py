"""Models whose calls used more than the most that was reserved, and by how much a reservation was grown"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "overruns",
        sa.Column("server", sa.String(), primary_key=True),
        sa.Column("model", sa.String(), primary_key=True),
        sa.Column("factor", sa.Float(), nullable=False),
        sa.Column("seen_at", sa.Float(), nullable=False),
    )
    op.add_column("calls", sa.Column("bound_factor", sa.Float(), nullable=False, server_default="1"))


def downgrade() -> None:
    op.drop_column("calls", "bound_factor")
    op.drop_table("overruns")
