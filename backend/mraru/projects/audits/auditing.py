"""Draws the audit sample of a project, and gives its tasks their turn in the queue."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import chain, zip_longest

import numpy as np

from mraru.projects.audits.audited_texts import AuditFrames
from mraru.projects.learning.labelled_set import LabelledSet
from mraru.quality.audit.audit_sample import AuditFrame, next_draws, place_turns, turn_places
from mraru.settings import Settings
from mraru.store.store import Store

logger = logging.getLogger(__name__)

AHEAD = 250  # tasks that people may label before the next push; of them only the audit's share is embedded for it

# Of the teacher's labels, so many wait at a time. Were all of the first ones drawn, those of later rounds would fall in
# between them, and nothing that people say would count before these are drawn and labelled, too.
DENSEST = 0.1


class Auditing:
    """The audit of one project; see `quality.audit.audit_sample` for how its texts are drawn."""

    def __init__(self, *, store: Store, project_id: int, config: Settings, clock: Callable[[], float]) -> None:
        self._store = store
        self._project_id = project_id
        self._share = config.audit_share
        self._seed = config.seed
        self._n_places = min(config.push_limit, max(AHEAD, 2 * config.retrain_after))
        self._clock = clock
        self._frames = AuditFrames(store, project_id, config.seed)

    def draw_turns(self, labelled: LabelledSet) -> list[tuple[int, str]]:
        """Draw as many texts as people can come to before the next push, and list one task of each that waits.

        Half are drawn of all texts, half of those that the teacher labelled, as long as there are such.

        Returns:
            Task id and text hash, in the order of their turns.
        """
        n_ahead = math.ceil(self._share * min(self._n_places, self._store.tasks.count(self._project_id)))
        if not n_ahead:
            return []
        settled = self._frames.list_settled()
        of_llm = self._frames.order_teacher(labelled)
        n_of_teacher = min(n_ahead // 2, math.ceil(DENSEST * len(of_llm)))
        of_teacher = self._draw(AuditFrame.TEACHER, of_llm, settled, n_of_teacher)
        n_left = n_ahead - len(of_teacher)
        n_ordered = len(settled) + max(n_left, len(self._frames.list_drawn(AuditFrame.CORPUS)))
        of_corpus = self._draw(AuditFrame.CORPUS, self._frames.order_corpus(n_ordered), settled, n_left)
        in_turn = chain.from_iterable(zip_longest(of_corpus, of_teacher))
        names = [name for name in dict.fromkeys(in_turn) if name is not None]
        tasks_of = self._store.tasks.list_tasks_of(self._project_id, names)
        return [(min(tasks_of[name]), name) for name in names if name in tasks_of]

    def queue_scores(
        self, round_number: int, turns: Sequence[tuple[int, str]], scores: Mapping[int, float]
    ) -> dict[int, float]:
        """The scores that bring the audit's tasks to their turn, by task id; the seed says which turns these are.

        Args:
            turns: see `draw_turns`.
            scores: review scores of all tasks that are to be pushed.
        """
        if not turns:
            return {}
        rng = np.random.default_rng([self._seed, self._project_id, round_number])
        return place_turns(scores, [task_id for task_id, _ in turns], turn_places(self._share, self._n_places, rng))

    def _draw(self, frame: AuditFrame, ordered: Sequence[str], settled: Collection[str], n_waiting: int) -> list[str]:
        """Draw what is missing, and list all drawn texts that wait, in the order of the circle: so each counts soon.

        All, also where more were drawn earlier than are to wait now: one without a turn would stand in the audit's tab
        by how doubtful its label is.
        """
        drawn = self._frames.list_drawn(frame)
        draws = next_draws(ordered, set(drawn), settled, n_waiting)
        if draws:
            self._store.audit_samples.add(self._project_id, frame, draws, self._clock())
            logger.info(
                "project %d: %d texts drawn for the audit of the %s",
                self._project_id,
                len(draws),
                frame,
                extra={"event": "audit_drawn"},
            )
        members = {*drawn, *draws}
        return [name for name in ordered if name in members and name not in settled]
