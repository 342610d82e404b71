"""Writes predictions into Label Studio: few large imports, each version once, then sets what is served."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict

from mraru.interfaces import LabelStudio
from mraru.loop.auditing import Auditing
from mraru.loop.label_book import LabelBook
from mraru.loop.marking import mark_predictions
from mraru.loop.notes import ReviewNotes
from mraru.loop.scoring import Scoring
from mraru.loop.tabs import Tabs, keep_tabs
from mraru.loop.versions import version_name
from mraru.records import LabelSchema, Prediction
from mraru.store.opinions import Opinion
from mraru.store.projects import ProgressPhase
from mraru.store.rounds import Round, RoundStep
from mraru.store.store import Store

logger = logging.getLogger(__name__)

COVER_SLICE = 5000  # tasks per import once the rounds are over


class Pushing:
    """Label Studio's side of one project."""

    def __init__(
        self,
        *,
        store: Store,
        project_id: int,
        label_studio: LabelStudio,
        embedding_model: str,
        teacher_name: str,
        push_limit: int,
        auditing: Auditing,
        clock: Callable[[], float],
        tabs: Tabs | None = None,
    ) -> None:
        self._store = store
        self._project_id = project_id
        self._label_studio = label_studio
        self._embedding_model = embedding_model
        self._teacher_name = teacher_name
        self._push_limit = push_limit
        self._auditing = auditing
        self._clock = clock
        self._tabs = tabs

    def push_round(
        self, round_: Round, student_name: str, scoring: Scoring, book: LabelBook, schema: LabelSchema
    ) -> None:
        """Write the round's opinions: of the teacher about its batch, of the student about what is embedded.

        Texts that nobody has looked at stay unembedded: `cover` follows when the rounds are over.
        """
        project_id = self._project_id
        attempt = round_.n_push_attempts + 1
        version = version_name(student_name, round_.number, attempt)
        teacher_version = version_name(self._teacher_name, round_.number, attempt)
        turns = self._auditing.draw_turns(book)
        open_tasks = self._store.tasks.list_open_with_vector(project_id, self._embedding_model)
        begun = self._store.tasks.list_begun(project_id)  # Label Studio serves them before all others
        open_tasks = list(dict.fromkeys([*open_tasks, *turns, *begun]))
        # whether people have labelled them or not: tabs find tasks by a mark in a prediction
        marked = [*self._list_tied(book), *self._list_newly_audited()] if self._tabs is not None else []
        listed = list(dict.fromkeys([*open_tasks, *marked]))
        notes = ReviewNotes(self._store, project_id, schema)
        names = [*(text_hash for _, text_hash in listed), *sorted(book.known)]
        scoring.judge(names)
        scoring.keep(self._store.opinions.load(project_id, names))
        opinions = scoring.judge(names)
        review_scores = {task_id: opinions[text_hash].score for task_id, text_hash in open_tasks}
        queue_scores = self._auditing.queue_scores(round_.number, turns, review_scores)
        by_student = scoring.predict(listed, version, notes, queue_scores)
        by_student = self._choose(by_student, {task_id for task_id, _ in begun}, {task_id for task_id, _ in marked})
        by_student = mark_predictions(
            self._store,
            project_id,
            schema,
            by_student,
            dict(listed),
            {name: opinion.label for name, opinion in opinions.items()},
            book.ties,
        )
        by_teacher = self._teacher_predictions(round_, scoring, book, teacher_version, notes, queue_scores)
        self._store.rounds.update(
            project_id,
            round_.number,
            model_version=version,
            teacher_version=teacher_version if by_teacher else None,
            n_push_attempts=attempt,
        )
        self._store.projects.set_progress(project_id, ProgressPhase.PUSHING, 0, len(by_student) + len(by_teacher))
        n_created = 0
        if by_student or by_teacher:
            n_created = self._label_studio.push_predictions(project_id, schema, [*by_student, *by_teacher])
        if by_student:
            self._label_studio.serve_lowest_score_first(project_id, version)
        self._store.predictions.add(project_id, by_student)
        self._store.predictions.remove_other_versions(project_id, version)
        self._store.reliabilities.save(project_id, round_.number, scoring.sources.to_json())
        self._store.opinions.save(project_id, opinions.values(), round_.number)
        self._store.projects.set_served(project_id, version, round_.number)
        self._store.rounds.update(
            project_id,
            round_.number,
            step=RoundStep.DONE,
            agreement=scoring.agreement,
            **asdict(scoring.check(self._store.rounds.list_acceptance_probabilities(project_id))),
            n_pushed=n_created,
            finished_at=self._clock(),
        )
        logger.info(
            "project %d serves %s: %d predictions written",
            project_id,
            version,
            n_created,
            extra={"event": "pushed"},
        )
        if self._tabs is not None:
            keep_tabs(self._tabs, self._store, project_id, self._clock)

    def cover(self, version: str, scoring: Scoring, schema: LabelSchema) -> int:
        """Write the served student's opinion of open tasks that have none yet; returns how many are left."""
        project_id = self._project_id
        self._note_unnoted(version, schema)
        uncovered = self._store.tasks.list_uncovered(project_id, version)
        batch = uncovered[:COVER_SLICE]
        if batch:
            names = [text_hash for _, text_hash in batch]
            scoring.judge(names)
            scoring.keep(self._store.opinions.load(project_id, names))
            opinions = scoring.judge(names)
            predictions = scoring.predict(batch, version, ReviewNotes(self._store, project_id, schema))
            student_labels = {name: opinion.label for name, opinion in opinions.items()}
            predictions = mark_predictions(self._store, project_id, schema, predictions, dict(batch), student_labels)
            self._store.projects.set_progress(project_id, ProgressPhase.PUSHING, 0, len(predictions))
            self._label_studio.push_predictions(project_id, schema, predictions)
            self._store.predictions.add(project_id, predictions)
            self._save_opinions(opinions)
            self._label_studio.serve_lowest_score_first(project_id, version)
        return len(uncovered) - len(batch)

    def _choose(
        self, by_student: Sequence[Prediction], begun: Collection[int], marked: Collection[int]
    ) -> list[Prediction]:
        """The lowest scores up to the limit, and up to it again of those that were begun and of those with a mark.

        Label Studio serves begun ones before all others, so they must not take the others' places.
        """
        ordered = sorted(by_student, key=lambda prediction: prediction.score)
        of_begun = [prediction for prediction in ordered if prediction.task_id in begun]
        of_marked = [row for row in ordered if row.task_id in marked and row.task_id not in begun]
        rest = [row for row in ordered if row.task_id not in begun and row.task_id not in marked]
        return [row for rows in (of_begun, of_marked, rest) for row in rows[: self._push_limit]]

    def _list_tied(self, book: LabelBook) -> list[tuple[int, str]]:
        """The tasks on whose texts people are evenly split: labelled by all who were to, but not settled."""
        tasks_of = self._store.tasks.list_tasks_of(self._project_id, sorted(book.ties))
        return [(task_id, text_hash) for text_hash, task_ids in tasks_of.items() for task_id in task_ids]

    def _list_newly_audited(self) -> list[tuple[int, str]]:
        """The tasks of the texts that were drawn for the audit since the last push."""
        pushed_at = [round_.finished_at or 0.0 for round_ in self._store.rounds.list_all(self._project_id)]
        return self._store.audit_samples.list_tasks_drawn_after(self._project_id, max(pushed_at))

    def _save_opinions(self, opinions: Mapping[str, Opinion]) -> None:
        project = self._store.projects.get(self._project_id)
        if project is not None and project.served_round is not None:
            self._store.opinions.save(self._project_id, opinions.values(), project.served_round)

    def _note_unnoted(self, version: str, schema: LabelSchema) -> None:
        """After an end between writing and noting, Label Studio holds more than was noted: never write that twice."""
        n_noted = self._store.predictions.count_version(self._project_id, version)
        if self._label_studio.count_predictions(self._project_id).get(version, 0) > n_noted:
            held = self._label_studio.list_predictions(self._project_id, schema, version)
            self._store.predictions.add(self._project_id, held)

    def _teacher_predictions(
        self,
        round_: Round,
        scoring: Scoring,
        book: LabelBook,
        version: str,
        notes: ReviewNotes,
        queue_scores: Mapping[int, float],
    ) -> list[Prediction]:
        labels = {
            row.text_hash: row.label
            for row in self._store.teacher_labels.list_all(self._project_id)
            if row.round_number == round_.number and row.label is not None and book.teacher.get(row.text_hash)
        }
        opinions = scoring.judge(list(labels))
        open_tasks = {task_id for task_id, _ in self._store.tasks.list_open(self._project_id)}
        tasks_of = self._store.tasks.list_tasks_of(self._project_id, list(labels))
        return [
            notes.write(
                Prediction(
                    task_id=task_id,
                    label=labels[text_hash],
                    score=queue_scores.get(task_id, opinions[text_hash].score),
                    model_version=version,
                ),
                text_hash,
                student_label=opinions[text_hash].label,
                student_confidence=opinions[text_hash].confidence,
            )
            for text_hash in labels
            for task_id in tasks_of.get(text_hash, [])
            if task_id in open_tasks
        ]
