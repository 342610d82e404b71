"""Sees what Label Studio holds of ours, wherever that may differ from what is noted.

That is so after an end between writing and noting, after Label Studio kept an answer of ours by itself, when somebody
deleted predictions there, and once in a project that was begun under the former names of versions.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from mraru.errors import WorkInterrupted
from mraru.interfaces import LabelStudio
from mraru.projects.predictions.model_versions import FINAL, is_ours, read_round_version, teacher_version
from mraru.records import HeldPrediction, Prediction
from mraru.schema_records import LabelSchema
from mraru.store.moments import is_older
from mraru.store.store import Store
from mraru.store.tasks.prediction_repository import UNSURE, PredictionRow, RowState

logger = logging.getLogger(__name__)

LOOK_SIZE = 100  # tasks looked at by one request
ANSWER_S = 300.0  # seconds that Label Studio may take to keep what it was answered; 5,000 tasks took it 99
_LASTING = (RowState.STALE, RowState.OF_FORMER_TEXT)


@dataclass(frozen=True, slots=True, kw_only=True)
class SortedPredictions:
    """The predictions of ours that one task holds."""

    kept: Mapping[str, HeldPrediction]  # by the version under which each is to stay
    further: Sequence[HeldPrediction]


def sort_predictions(
    held: Sequence[HeldPrediction], students: Collection[str], names: Collection[str]
) -> SortedPredictions:
    """Choose one prediction of the final label and one of each LLM out of what a task holds.

    One under its lasting name goes before those that name a round, an earlier one before its double, as the editor
    selects it, and a later round before an earlier.

    Args:
        students: names of students, by which versions that name a round are told from those of LLMs.
        names: versions that never name a round, however they look.
    """
    of_name: dict[str, list[tuple[tuple[int, int, int], HeldPrediction]]] = {}
    for row in held:
        former = None if row.model_version in names else read_round_version(row.model_version)
        if former is None:
            of_name.setdefault(row.model_version, []).append(((0, 0, row.prediction_id), row))
        else:
            model, round_number = former
            name = FINAL if model in students else teacher_version(model)
            of_name.setdefault(name, []).append(((1, -round_number, -row.prediction_id), row))
    ordered = {name: [row for _, row in sorted(rows, key=lambda pair: pair[0])] for name, rows in of_name.items()}
    return SortedPredictions(
        kept={name: rows[0] for name, rows in ordered.items()},
        further=[row for rows in ordered.values() for row in rows[1:]],
    )


class Reconciling:
    """What is noted of one project's predictions, made equal to what Label Studio holds."""

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
        self._schema = schema
        self._clock = clock
        self._should_stop = should_stop
        self._names = {FINAL, *(teacher_version(name) for name in store.teacher_labels.list_teachers(project_id))}
        self._students = self._list_students()

    def check(self) -> int:
        """Look wherever something is not sure, and return how many predictions of the final label there are.

        Raises:
            WorkInterrupted: the worker is shutting down.
        """
        unsure = self._store.predictions.list_in_state(self._project_id, UNSURE)
        self.look_at([row.prediction.task_id for row in unsure])
        counts = self._label_studio.count_predictions(self._project_id)
        n_held = sum(n for version, n in counts.items() if is_ours(version))
        n_answered = self._store.predictions.count_in_state(self._project_id, RowState.ANSWERED)
        if n_held != self._store.predictions.count_rows(self._project_id) - n_answered:
            self.look_at_all()
        return counts.get(FINAL, 0)

    def is_answer_overdue(self) -> bool:
        """Whether Label Studio should have kept by now what it was answered."""
        answered = self._store.predictions.list_in_state(self._project_id, (RowState.ANSWERED,))
        return any(is_older(row.noted_at, self._clock(), ANSWER_S) for row in answered)

    def look_at(self, task_ids: Sequence[int]) -> None:
        """Note what these tasks hold."""
        listed = list(dict.fromkeys(task_ids))
        for start in range(0, len(listed), LOOK_SIZE):
            self._stop_if_asked()
            chunk = listed[start : start + LOOK_SIZE]
            self._adopt(chunk, self._label_studio.list_predictions(self._project_id, self._schema, chunk))

    def look_at_all(self) -> None:
        """Note what all tasks hold."""
        logger.info(
            "project %d: looking at all predictions that Label Studio holds",
            self._project_id,
            extra={"event": "predictions_looked_at"},
        )
        served = self._label_studio.describe_project(self._project_id).model_version
        former = None if served is None or not is_ours(served) else read_round_version(served)
        if former is not None:  # of a store that was lost
            self._students |= {former[0]}
        seen: set[int] = set()
        for page in self._label_studio.list_all_predictions(self._project_id, self._schema):
            self._stop_if_asked()
            self._adopt(list(page), page)
            seen.update(page)
        known = self._store.predictions.list_task_ids(self._project_id)
        self._store.predictions.forget_tasks(self._project_id, [task_id for task_id in known if task_id not in seen])

    def _adopt(self, task_ids: Sequence[int], held: Mapping[int, Sequence[HeldPrediction]]) -> None:
        known = {row.key: row for row in self._store.predictions.load_rows(self._project_id, task_ids)}
        rows = [row for row in known.values() if self._is_still_expected(row, held)]
        for task_id in task_ids:
            ours = [row for row in held.get(task_id, ()) if is_ours(row.model_version)]
            sorted_ = sort_predictions(ours, self._students, self._names)
            rows += [_note(row, name, known.get((task_id, name))) for name, row in sorted_.kept.items()]
            rows += self._note_further(task_id, sorted_, known)
        self._store.predictions.replace_tasks(self._project_id, task_ids, rows)

    def _is_still_expected(self, row: PredictionRow, held: Mapping[int, Sequence[HeldPrediction]]) -> bool:
        """Whether Label Studio may be about to keep what it was answered."""
        is_held = any(row.prediction.model_version == of.model_version for of in held.get(row.prediction.task_id, ()))
        is_fresh = not is_older(row.noted_at, self._clock(), ANSWER_S)
        return row.state is RowState.ANSWERED and is_fresh and not is_held and row.prediction.task_id in held

    def _note_further(
        self, task_id: int, found: SortedPredictions, known: Mapping[tuple[int, str], PredictionRow]
    ) -> list[PredictionRow]:
        rows: list[PredictionRow] = []
        parents: set[int] | None = None
        for held in found.further:
            name = f"{held.model_version}#{held.prediction_id}"
            former = known.get((task_id, name))
            state = former.state if former is not None else RowState.SUPERSEDED
            if held.model_version in found.kept and state is RowState.SUPERSEDED:  # a double is served as well
                parents = self._label_studio.list_parents(task_id) if parents is None else parents
                if held.prediction_id not in parents:
                    self._label_studio.delete_prediction(held.prediction_id)
                    continue
                state = RowState.KEPT
            rows.append(
                PredictionRow(prediction=_to_prediction(held, name), state=state, prediction_id=held.prediction_id)
            )
        return rows

    def _list_students(self) -> set[str]:
        rounds = self._store.rounds.list_all(self._project_id)
        return {round_.student for round_ in rounds if round_.student is not None}

    def _stop_if_asked(self) -> None:
        if self._should_stop():
            raise WorkInterrupted


def _note(held: HeldPrediction, name: str, known: PredictionRow | None) -> PredictionRow:
    """The row of a prediction that stays; what is known of it besides lasts as long as it says the same."""
    prediction = _to_prediction(held, name)
    is_same = known is not None and (known.prediction.label, known.prediction.score) == (held.label, held.score)
    if held.model_version != name or held.label is None:
        state = RowState.STALE
    else:
        state = known.state if known is not None and known.state in _LASTING else RowState.HELD
    round_number = known.prediction.round_number if known is not None and is_same else 0
    return PredictionRow(
        prediction=Prediction(
            task_id=prediction.task_id,
            label=prediction.label,
            score=prediction.score,
            model_version=name,
            note=prediction.note,
            marks=prediction.marks,
            round_number=round_number,
        ),
        state=state,
        prediction_id=held.prediction_id,
    )


def _to_prediction(held: HeldPrediction, name: str) -> Prediction:
    return Prediction(
        task_id=held.task_id,
        label=held.label or "",
        score=held.score,
        model_version=name,
        note=held.note,
        marks=held.marks,
    )
