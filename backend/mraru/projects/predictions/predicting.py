"""Answers Label Studio's requests for predictions: from what was written, else from the served student."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from mraru.embedding.cached_embedder import CachedEmbedder
from mraru.embedding.embedding_turns import Patience, Place, Turns
from mraru.errors import NothingToPredictWith
from mraru.projects.final_labels.prediction_notes import ReviewNotes
from mraru.projects.final_labels.student_judge import ServedStudents, StudentJudge
from mraru.projects.learning.training import EVERY_SKOPS_FILE, StudentFiles
from mraru.projects.predictions.model_versions import UNTRAINED
from mraru.records import Prediction, TaskText, TextFault
from mraru.schema_records import LabelSchema
from mraru.store.projects.project_repository import Project
from mraru.store.review.opinions import Opinion
from mraru.store.store import Store

TEXTS_PER_TURN = 32  # what a caller who leaves, or a smaller request, waits for at most


class Predictor:
    """Predictions for any task of any project; never waits for training or for the teacher."""

    def __init__(
        self,
        *,
        store: Store,
        embedder: CachedEmbedder,
        folder: Path,
        timeout_s: float,
        files: StudentFiles = EVERY_SKOPS_FILE,
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._timeout_s = timeout_s
        self._students = ServedStudents(folder, files)
        self._turns = Turns()

    def served_version(self, project_id: int) -> str:
        """The version that predictions carry now; a placeholder before the first round."""
        project = self._store.projects.get(project_id)
        return (project.served_version if project else None) or UNTRAINED

    def predict(
        self,
        project_id: int,
        schema: LabelSchema,
        tasks: Sequence[TaskText],
        has_left: Callable[[], bool] = lambda: False,
    ) -> tuple[str, list[Prediction | None]]:
        """The served version, and one prediction per task, in order; None for a task without text.

        A task whose number is below 0 is none of Label Studio's: only its text counts.

        Args:
            has_left: whether whoever asked is gone, so that the rest need not be done.

        Raises:
            NothingToPredictWith: there is no student yet.
            TooBusy: the student is asked about more texts than it can look at while Label Studio waits: what it has
                said is kept, so that the next request has less to do.
            CallerLeft: nobody waits for the answer.
        """
        project = self._store.projects.get(project_id)
        if project is None or project.served_version is None:
            raise NothingToPredictWith()
        tasks = self._with_fetched(project_id, tasks)
        version = project.served_version
        stored = self._store.predictions.load(project_id, version, [task.task_id for task in tasks])
        asked = {task.task_id: task.text_hash for task in tasks}
        texts = self._store.tasks.load_text_hashes(project_id, list(asked))
        # what was written is about the text that a task had when it was last read
        known = {
            task_id: prediction
            for task_id, prediction in stored.items()
            if schema.is_answer(prediction.label) and texts.get(task_id, asked[task_id]) == asked[task_id]
        }
        unknown = [task for task in tasks if task.task_id not in known and task.text.strip()]
        if unknown:
            opinions = self._opinions(project, schema, unknown, has_left)
            number = project.served_round or 0
            fresh = {
                task.task_id: _as_prediction(task.task_id, opinions[task.text_hash], version, number)
                for task in unknown
            }
            # Label Studio keeps the answer by itself; but who asks about another text than a task has may be another
            kept = [
                task.task_id
                for task in unknown
                if task.task_id > 0 and texts.get(task.task_id, task.text_hash) == task.text_hash
            ]
            self._store.predictions.note_answers(project_id, [fresh[task_id] for task_id in kept])
            known |= fresh
        notes = ReviewNotes(self._store, project_id, schema)
        said = self._store.opinions.load(project_id, [task.text_hash for task in tasks])
        return version, [
            (prediction := known.get(task.task_id)) and _annotate(notes, prediction, task, said.get(task.text_hash))
            for task in tasks
        ]

    def _with_fetched(self, project_id: int, tasks: Sequence[TaskText]) -> Sequence[TaskText]:
        """The tasks, with texts of files that a sync has fetched; nothing is fetched here."""
        waiting = [str(task.source_hash) for task in tasks if task.fault is TextFault.NOT_FETCHED]
        if not waiting:
            return tasks
        texts = self._store.tasks.load_fetched(project_id, waiting)
        return [
            replace(task, text=texts[task.source_hash], fault=None) if task.source_hash in texts else task
            for task in tasks
        ]

    def _opinions(
        self,
        project: Project,
        schema: LabelSchema,
        tasks: Sequence[TaskText],
        has_left: Callable[[], bool],
    ) -> dict[str, Opinion]:
        """By text hash: what was last said of each text, else what the student says now."""
        said = self._usable(project, schema, [task.text_hash for task in tasks])
        texts = {task.text_hash: task.text for task in tasks if task.text_hash not in said}
        if texts:
            judge = StudentJudge(self._store, self._embedder, self._students.load(project), schema, project)
            patience = Patience(deadline=self._turns.clock() + self._timeout_s, has_left=has_left)
            with self._turns.line_up(len(texts), patience) as place:
                names = list(texts)
                for start in range(0, len(names), TEXTS_PER_TURN):
                    few = {name: texts[name] for name in names[start : start + TEXTS_PER_TURN]}
                    said |= self._judge(project, schema, judge, place, few)
        return said

    def _judge(
        self, project: Project, schema: LabelSchema, judge: StudentJudge, place: Place, texts: Mapping[str, str]
    ) -> dict[str, Opinion]:
        """The student's opinions of a few texts, kept, less those that another request had it say meanwhile."""
        with place.turn(len(texts)):
            said = self._usable(project, schema, list(texts))
            missing = {name: text for name, text in texts.items() if name not in said}
            fresh = judge.judge(missing) if missing else []
        assert project.served_round is not None  # or there would be no student
        self._store.opinions.save(project.project_id, fresh, project.served_round)
        return said | {opinion.text_hash: opinion for opinion in fresh}

    def _usable(self, project: Project, schema: LabelSchema, names: Sequence[str]) -> dict[str, Opinion]:
        """What is kept of these texts, by hash, where the config still has the label."""
        kept = self._store.opinions.load(project.project_id, names)
        return {name: opinion for name, opinion in kept.items() if schema.is_answer(opinion.final_label)}


def _as_prediction(task_id: int, opinion: Opinion, version: str, round_number: int) -> Prediction:
    return Prediction(
        task_id=task_id,
        label=opinion.final_label,
        score=opinion.score,
        model_version=version,
        round_number=round_number,
    )


def _annotate(notes: ReviewNotes, prediction: Prediction, task: TaskText, opinion: Opinion | None) -> Prediction:
    """The prediction with its note, which tells what the student itself says."""
    if opinion is None:
        return notes.write(prediction, task.text_hash)
    return notes.write(
        prediction,
        task.text_hash,
        student_label=opinion.label,
        student_confidence=opinion.confidence,
        least_certain=opinion.least_certain,
    )
