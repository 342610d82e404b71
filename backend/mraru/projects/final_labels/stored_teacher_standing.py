"""How each of a project's several teachers does, from what is in the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mraru.quality.consensus.dawid_skene import count_overlap
from mraru.quality.consensus.teacher_standing import TeacherStanding, judge_teachers
from mraru.store.projects.round_repository import RoundStep
from mraru.store.store import Store


def read_standings(
    store: Store, project_id: int, names: Sequence[str], gold: Mapping[str, str], min_texts: int
) -> list[TeacherStanding]:
    """One standing for each teacher, those of `names` first; former ones follow.

    Args:
        names: of the teachers as they are set now.
        gold: people's labels by text hash.
        min_texts: overlap from which Dawid-Skene settles the votes.
    """
    rows = [row for row in store.teacher_labels.list_all(project_id) if row.votes]
    asking = {
        round_.number
        for round_ in store.rounds.list_all(project_id)
        if round_.step in (RoundStep.ASKING, RoundStep.TRAINING)
    }
    settled = {}
    if count_overlap({row.text_hash: row.ensemble_votes for row in rows}) >= min_texts:
        # The votes of a round under way are settled before its student is trained.
        settled = {
            row.text_hash: row.probabilities
            for row in rows
            if row.ensemble_votes and row.probabilities is not None and row.round_number not in asking
        }
    return judge_teachers(
        names,
        {row.text_hash: row.votes for row in rows},
        {row.text_hash: row.label for row in rows},
        settled,
        gold,
    )
