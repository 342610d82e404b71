"""Figures of rounds for stop rules and diagnostics, and what people overruled"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stop_rules",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("fired_at", sa.Float(), nullable=False),
        sa.Column("overruled_until", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("project_id", "rule"),
    )
    op.add_column("visits", sa.Column("near_duplicate", sa.Boolean(), server_default="0", nullable=False))
    op.add_column("warnings", sa.Column("level", sa.String(), server_default="warning", nullable=False))
    op.add_column("warnings", sa.Column("remedy", sa.Text(), server_default="", nullable=False))
    op.add_column("rounds", sa.Column("mean_uncertainty", sa.Float(), nullable=True))
    op.add_column("rounds", sa.Column("mean_confidence", sa.Float(), nullable=True))
    op.add_column("rounds", sa.Column("kappa", sa.Float(), nullable=True))
    op.add_column("rounds", sa.Column("n_compared", sa.Integer(), server_default="0", nullable=False))
    op.add_column("rounds", sa.Column("estimated_agreement", sa.Float(), nullable=True))
    op.add_column("rounds", sa.Column("n_gold_checked", sa.Integer(), server_default="0", nullable=False))
    op.add_column("rounds", sa.Column("n_gold_right", sa.Integer(), server_default="0", nullable=False))
    op.add_column("rounds", sa.Column("n_judged", sa.Integer(), server_default="0", nullable=False))
    op.add_column("rounds", sa.Column("n_contradicted", sa.Integer(), server_default="0", nullable=False))
    op.add_column("rounds", sa.Column("calibration", sa.String(), nullable=True))
    op.add_column("rounds", sa.Column("calibration_error_before", sa.Float(), nullable=True))
    op.add_column("rounds", sa.Column("calibration_error_after", sa.Float(), nullable=True))


def downgrade() -> None:
    op.drop_column("rounds", "calibration_error_after")
    op.drop_column("rounds", "calibration_error_before")
    op.drop_column("rounds", "calibration")
    op.drop_column("rounds", "n_contradicted")
    op.drop_column("rounds", "n_judged")
    op.drop_column("rounds", "n_gold_right")
    op.drop_column("rounds", "n_gold_checked")
    op.drop_column("rounds", "estimated_agreement")
    op.drop_column("rounds", "n_compared")
    op.drop_column("rounds", "kappa")
    op.drop_column("rounds", "mean_confidence")
    op.drop_column("rounds", "mean_uncertainty")
    op.drop_column("warnings", "remedy")
    op.drop_column("warnings", "level")
    op.drop_column("visits", "near_duplicate")
    op.drop_table("stop_rules")
