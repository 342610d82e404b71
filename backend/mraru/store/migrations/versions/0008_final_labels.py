"""One label and one score of each text, from all that is known of it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Opinions of earlier versions have no final label: they are made anew with the next training.
    op.execute("DELETE FROM opinions")
    op.add_column("opinions", sa.Column("final_label", sa.String(), server_default="", nullable=False))
    op.add_column("opinions", sa.Column("blind_label", sa.String(), nullable=True))
    op.create_table(
        "reliabilities",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("round_number", sa.Integer(), nullable=False),
        sa.Column("fitted", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("project_id"),
    )
    # as after a correction: every project that was trained is trained again
    op.execute(
        "UPDATE projects SET n_corrections = n_corrections + 1, last_correction_at = COALESCE(last_correction_at, 0) "
        "WHERE served_round IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_table("reliabilities")
    op.drop_column("opinions", "blind_label")
    op.drop_column("opinions", "final_label")
