"""Writes predictions into Label Studio: what is new, and what changed; what is as it should be is left alone.

A prediction is changed in place. To delete one and make another would take the form away from whoever has the first
selected on it: Label Studio refuses to save an annotation whose prediction is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from mraru.errors import WorkInterrupted
from mraru.interfaces import LabelStudio
from mraru.projects.predictions.prediction_changes import STEP, is_to_be_written, rank_change
from mraru.projects.predictions.reconciling import Reconciling
from mraru.records import Prediction
from mraru.schema_records import LabelSchema
from mraru.store.projects.project_repository import ProgressPhase
from mraru.store.store import Store
from mraru.store.tasks.prediction_repository import OF_TASKS, PredictionRow, RowState

CHUNK = 25  # predictions between two notes of what was written
IMPORT_SIZE = 5000  # predictions of one import
TASKS_PER_SINGLE = (
    150  # an import counts all tasks of a project anew, in the time of one prediction for each 150 to 250
)


def never() -> bool:
    """Of work that goes on to its end."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What has become of the predictions that were wanted."""

    n_created: int = 0
    n_changed: int = 0
    n_left: int = 0  # to be changed, and not written yet

    @property
    def n_written(self) -> int:
        return self.n_created + self.n_changed


class Writing:
    """Brings what Label Studio holds of one project up to what is wanted."""

    def __init__(
        self,
        *,
        store: Store,
        project_id: int,
        label_studio: LabelStudio,
        schema: LabelSchema,
        reconciling: Reconciling,
        should_stop: Callable[[], bool],
    ) -> None:
        self._store = store
        self._project_id = project_id
        self._label_studio = label_studio
        self._schema = schema
        self._reconciling = reconciling
        self._should_stop = should_stop
        self._n_done = 0

    def write(
        self,
        wanted: Sequence[Prediction],
        *,
        most_changed: int | None = None,
        first: Collection[int] = (),
        exact: Collection[int] = (),
        until: Callable[[], bool] = never,
    ) -> Written:
        """Write what is new, then what changed, in the order in which people come to it.

        Args:
            wanted: at most one of a task and version; rows of others are left alone.
            most_changed: how many of those that changed, at most.
            first: tasks whose changes come first.
            exact: tasks whose score has to be as wanted, however little it moved.
            until: whether something else has its turn now; what is left is for the next time.

        Raises:
            WorkInterrupted: the worker is shutting down.
        """
        held = self._load_held([prediction.task_id for prediction in wanted])
        new = [row for row in wanted if (row.task_id, row.model_version) not in held]
        known = [(held[row.task_id, row.model_version], row) for row in wanted if _key(row) in held]
        changes = [(row, to) for row, to in known if is_to_be_written(row, to, _step(to, exact))]
        self._confirm([to for row, to in known if not is_to_be_written(row, to, _step(to, exact))])
        changes.sort(key=lambda change: rank_change(change[0], change[1], first))
        listed = [to for _, to in changes[:most_changed]]
        self._n_done = 0
        n_total = len(new) + len(listed)
        n_created = self._create(sorted(new, key=_by_score), n_total, until)
        n_changed = self._change(listed, exact, n_total, until)
        return Written(n_created=n_created, n_changed=n_changed, n_left=len(changes) - n_changed)

    def _create(self, new: Sequence[Prediction], n_total: int, until: Callable[[], bool]) -> int:
        if not new:
            return 0
        is_few = len(new) * TASKS_PER_SINGLE < self._store.tasks.count(self._project_id)
        make, size = (self._create_singly, CHUNK) if is_few else (self._import, IMPORT_SIZE)
        return sum(make(chunk) for chunk in self._chunks(new, size, n_total, until))

    def _create_singly(self, chunk: Sequence[Prediction]) -> int:
        self._store.predictions.add(self._project_id, chunk, RowState.WRITING)
        made: dict[tuple[int, str], int] = {}
        for prediction in chunk:
            prediction_id = self._label_studio.create_prediction(self._schema, prediction)
            if prediction_id is None:
                self._store.predictions.forget(self._project_id, _key(prediction))
                self._store.projects.request_sync(self._project_id)  # its task is gone
            else:
                made[_key(prediction)] = prediction_id
        self._store.predictions.add(self._project_id, [row for row in chunk if _key(row) in made], ids=made)
        return len(made)

    def _import(self, chunk: Sequence[Prediction]) -> int:
        self._store.predictions.add(self._project_id, chunk, RowState.WRITING)
        n_created = self._label_studio.push_predictions(self._project_id, self._schema, chunk)
        if n_created == len(chunk):
            self._store.predictions.add(self._project_id, chunk)
        else:  # tasks are gone: the next look shows which predictions are there
            self._store.projects.request_sync(self._project_id)
        return n_created

    def _change(
        self, listed: Sequence[Prediction], exact: Collection[int], n_total: int, until: Callable[[], bool]
    ) -> int:
        return sum(self._change_chunk(chunk, exact) for chunk in self._chunks(listed, CHUNK, n_total, until))

    def _change_chunk(self, chunk: Sequence[Prediction], exact: Collection[int]) -> int:
        task_ids = [prediction.task_id for prediction in chunk]
        held = self._load_held(task_ids)
        unknown = [row.prediction.task_id for row in held.values() if row.prediction_id is None]
        if unknown:
            self._reconciling.look_at(unknown)
            held = self._load_held(task_ids)
        found = [(held[_key(to)], to) for to in chunk if _key(to) in held]
        changes = [(row, to) for row, to in found if is_to_be_written(row, to, _step(to, exact))]
        self._confirm([to for row, to in found if not is_to_be_written(row, to, _step(to, exact))])
        rows = [
            PredictionRow(prediction=to, state=RowState.WRITING, prediction_id=row.prediction_id)
            for row, to in changes
            if row.prediction_id is not None
        ]
        self._store.predictions.put(self._project_id, rows)
        done = []
        for row in rows:
            assert row.prediction_id is not None  # left out above
            if self._label_studio.change_prediction(self._schema, row.prediction_id, row.prediction):
                done.append(replace(row, state=RowState.HELD))
            else:
                self._store.predictions.forget(self._project_id, row.key)
        self._store.predictions.put(self._project_id, done)
        return len(done)

    def _chunks(
        self, listed: Sequence[Prediction], size: int, n_total: int, until: Callable[[], bool]
    ) -> Iterator[Sequence[Prediction]]:
        for start in range(0, len(listed), size):
            if self._should_stop():
                raise WorkInterrupted
            if until():
                return
            self._store.projects.set_progress(self._project_id, ProgressPhase.PUSHING, self._n_done, n_total)
            chunk = listed[start : start + size]
            yield chunk
            self._n_done += len(chunk)

    def _confirm(self, same: Sequence[Prediction]) -> None:
        by_round: dict[int, list[tuple[int, str]]] = {}
        for prediction in same:
            by_round.setdefault(prediction.round_number, []).append(_key(prediction))
        for round_number, keys in by_round.items():
            self._store.predictions.confirm(self._project_id, keys, round_number)

    def _load_held(self, task_ids: Sequence[int]) -> dict[tuple[int, str], PredictionRow]:
        rows = self._store.predictions.load_rows(self._project_id, list(dict.fromkeys(task_ids)))
        return {row.key: row for row in rows if row.state in OF_TASKS}


def _key(prediction: Prediction) -> tuple[int, str]:
    return prediction.task_id, prediction.model_version


def _step(prediction: Prediction, exact: Collection[int]) -> float:
    return 0.0 if prediction.task_id in exact else STEP


def _by_score(prediction: Prediction) -> float:
    return 1.0 if prediction.score is None else prediction.score
