"""Rounds that a person asked for one by one: after the last of them the project pauses for people."""

from __future__ import annotations

from sqlalchemy import Connection, update

from mraru.store.projects.project_repository import BROKEN, NOT_STARTED, ROUNDS_DONE, ProjectState
from mraru.store.tables.project_tables import projects


def count_round(connection: Connection, project_id: int) -> None:
    """A sampled round is done; to be called in the transaction that writes it down, so that none counts twice."""
    of_project = update(projects).where(projects.c.project_id == project_id)
    connection.execute(
        of_project.where(projects.c.rounds_left == 1, projects.c.state.not_in((*NOT_STARTED, *BROKEN))).values(
            state=ProjectState.PAUSED, reason=ROUNDS_DONE, retry_at=None
        )
    )
    connection.execute(of_project.where(projects.c.rounds_left > 0).values(rounds_left=projects.c.rounds_left - 1))
