"""Removes further predictions of ours, of which each round left some before a task had one that is changed in place.

Whoever has a prediction selected on an open form cannot submit the form once it is deleted. So this is for hours in
which nobody labels, and it spares what an annotation refers to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from mraru.errors import WorkInterrupted
from mraru.interfaces import LabelStudio
from mraru.projects.predictions.model_versions import FINAL
from mraru.projects.predictions.reconciling import Reconciling
from mraru.schema_records import LabelSchema
from mraru.store.store import Store
from mraru.store.tasks.prediction_repository import PredictionRow, RowState

QUIET_S = 600.0  # without anybody's label, before predictions are deleted
TIDY_SIZE = 25  # predictions deleted at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidied:
    """What was done about further predictions."""

    n_removed: int = 0
    n_kept: int = 0  # because an annotation refers to them
    n_left: int = 0


class Tidying:
    """Further predictions of one project."""

    def __init__(
        self,
        *,
        store: Store,
        project_id: int,
        label_studio: LabelStudio,
        schema: LabelSchema,
        clock: Callable[[], float],
        should_stop: Callable[[], bool],
    ) -> None:
        self._store = store
        self._project_id = project_id
        self._label_studio = label_studio
        self._should_stop = should_stop
        self._reconciling = Reconciling(
            store=store,
            project_id=project_id,
            label_studio=label_studio,
            schema=schema,
            clock=clock,
            should_stop=should_stop,
        )

    def look(self) -> int:
        """See what Label Studio holds, and return how many further predictions there are."""
        self._reconciling.check()
        return self.count()

    def count(self) -> int:
        """How many further predictions are known of."""
        return len(self._list_further())

    def remove(self, limit: int = TIDY_SIZE) -> Tidied:
        """Remove some of them, oldest tasks first.

        Raises:
            WorkInterrupted: the worker is shutting down.
        """
        further = self._list_further()
        parents: dict[int, set[int]] = {}
        n_removed = n_kept = 0
        for row in further[:limit]:
            if self._should_stop():
                raise WorkInterrupted
            task_id = row.prediction.task_id
            if row.prediction_id is None:
                self._reconciling.look_at([task_id])  # the next time it is known
                continue
            if task_id not in parents:
                parents[task_id] = self._label_studio.list_parents(task_id)
            if row.prediction_id in parents[task_id]:
                self._store.predictions.put(self._project_id, [replace(row, state=RowState.KEPT)])
                n_kept += 1
            else:
                self._label_studio.delete_prediction(row.prediction_id)
                self._store.predictions.forget(self._project_id, row.key)
                n_removed += 1
        return Tidied(n_removed=n_removed, n_kept=n_kept, n_left=self.count())

    def _list_further(self) -> list[PredictionRow]:
        """Superseded ones, what an LLM said of a text that the task no longer has, and all of a task without one."""
        rows = self._store.predictions.list_in_state(self._project_id, (RowState.SUPERSEDED, RowState.OF_FORMER_TEXT))
        further = {row.key: row for row in rows if row.state is RowState.SUPERSEDED or not _is_final(row)}
        further.update((row.key, row) for row in self._store.predictions.list_of_no_text(self._project_id))
        return sorted(further.values(), key=lambda row: row.prediction.task_id)


def _is_final(row: PredictionRow) -> bool:
    return row.prediction.model_version == FINAL
