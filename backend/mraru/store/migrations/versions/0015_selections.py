"""What people chose of a label config that could be read in several ways"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("projects", sa.Column("only_control", sa.String()))
    op.add_column("projects", sa.Column("read_texts", sa.Text(), server_default="[]", nullable=False))


def downgrade() -> None:
    op.drop_column("projects", "read_texts")
    op.drop_column("projects", "only_control")
