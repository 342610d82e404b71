"""What Label Studio is to hold of one project: after each round, and in between."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from mraru.interfaces import LabelStudio
from mraru.labelstudio.formats.marks import TIE_MARK, audit_code
from mraru.projects.audits.auditing import Auditing
from mraru.projects.final_labels.prediction_notes import ReviewNotes
from mraru.projects.final_labels.scoring import Scoring
from mraru.projects.learning.labelled_set import LabelledSet
from mraru.projects.predictions.data_manager_tabs import Tabs, keep_tabs
from mraru.projects.predictions.marking import mark_predictions
from mraru.projects.predictions.model_versions import FINAL, student_version
from mraru.projects.predictions.prediction_changes import has_moved
from mraru.projects.predictions.prediction_writing import Writing, Written, never
from mraru.projects.predictions.reconciling import Reconciling
from mraru.projects.predictions.teacher_predictions import list_teacher_predictions
from mraru.records import Prediction
from mraru.schema_records import LabelSchema
from mraru.store.projects.round_repository import Round, RoundStep
from mraru.store.review.opinions import Opinion
from mraru.store.store import Store

logger = logging.getLogger(__name__)

CHANGES_PER_ROUND = 100  # far more than people come to before the next push; the rest follows when it is quiet
COVER_SLICE = 5000  # tasks judged at once when it is quiet
BUSY_SLICE = 500  # the same while people label, whose corrections are not to wait for it
COVER_CHANGES = 500  # of those that are changed at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncovered:
    """Tasks whose prediction is not as it should be: open ones, and those that lack the mark of the audit."""

    new: Sequence[tuple[int, str]]  # without any
    outdated: Sequence[tuple[int, str]]  # with one of an earlier student, or without the mark: it stands until then


class Pushing:
    """Label Studio's side of one project."""

    def __init__(
        self,
        *,
        store: Store,
        project_id: int,
        schema: LabelSchema,
        label_studio: LabelStudio,
        embedding_model: str,
        push_limit: int,
        auditing: Auditing,
        clock: Callable[[], float],
        should_stop: Callable[[], bool],
        tabs: Tabs | None = None,
    ) -> None:
        self._store = store
        self._project_id = project_id
        self._schema = schema
        self._label_studio = label_studio
        self._embedding_model = embedding_model
        self._push_limit = push_limit
        self._auditing = auditing
        self._clock = clock
        self._tabs = tabs
        self._reconciling = Reconciling(
            store=store,
            project_id=project_id,
            label_studio=label_studio,
            schema=schema,
            clock=clock,
            should_stop=should_stop,
        )
        self._writing = Writing(
            store=store,
            project_id=project_id,
            label_studio=label_studio,
            schema=schema,
            reconciling=self._reconciling,
            should_stop=should_stop,
        )

    def push_round(self, round_: Round, student_name: str, scoring: Scoring, labelled: LabelledSet) -> None:
        """Write what a round brought: of the LLM about its batch, and the label of what is embedded.

        Texts that nobody has looked at stay unembedded: `cover` follows when the rounds are over.
        """
        project_id = self._project_id
        version = student_version(student_name, round_.number)
        self._store.rounds.update(project_id, round_.number, model_version=version)
        turns = self._auditing.draw_turns(labelled)
        open_tasks = self._store.tasks.list_open_with_vector(project_id, self._embedding_model)
        begun = self._store.tasks.list_begun(project_id)  # Label Studio serves them before all others
        open_tasks = list(dict.fromkeys([*open_tasks, *turns, *begun]))
        # whether people have labelled them or not: tabs find tasks by a mark in a prediction
        marked = [*self._list_tied(labelled), *self._list_newly_audited()] if self._tabs is not None else []
        listed = list(dict.fromkeys([*open_tasks, *marked]))
        names = [*(text_hash for _, text_hash in listed), *sorted(labelled.known)]
        former = self._judge(names, scoring)
        opinions = scoring.judge(names)
        n_served = self._reconciling.check()
        settled = self._settle({task_id: opinions[text_hash].score for task_id, text_hash in open_tasks})
        queue_scores = self._auditing.queue_scores(round_.number, turns, settled)
        by_student = self._predict(listed, scoring, round_.number, labelled, queue_scores)
        first = {task_id for task_id, _ in [*begun, *turns]}
        written = self._writing.write(
            [
                *self._choose(by_student, {task_id for task_id, _ in begun}, {task_id for task_id, _ in marked}),
                *list_teacher_predictions(self._store, project_id, self._schema, self._list_open()),
            ],
            # as long as Label Studio serves a name of before, what is to be served is written first
            most_changed=CHANGES_PER_ROUND if n_served else self._push_limit,
            first=first,
            exact={task_id for task_id, _ in turns},
        )
        self._serve()
        self._store.reliabilities.save(project_id, round_.number, scoring.sources.to_json())
        self._store.opinions.save(project_id, self._publish(listed, opinions, former), round_.number)
        self._store.projects.set_served(project_id, FINAL, round_.number)
        self._store.rounds.update(
            project_id,
            round_.number,
            step=RoundStep.DONE,
            agreement=scoring.agreement,
            **asdict(scoring.check(self._store.rounds.list_acceptance_probabilities(project_id))),
            n_pushed=written.n_written,
            finished_at=self._clock(),
        )
        logger.info(
            "project %d serves the labels of %s: %d predictions made, %d changed, %d to be changed",
            project_id,
            version,
            written.n_created,
            written.n_changed,
            written.n_left,
            extra={"event": "pushed"},
        )
        if self._tabs is not None:
            keep_tabs(self._tabs, self._store, project_id, self._clock)

    def list_uncovered(self, round_number: int) -> Uncovered:
        """What `cover` has to do, of the student of this round."""
        if self._reconciling.is_answer_overdue():
            self._reconciling.check()
        return Uncovered(
            new=self._store.tasks.list_unpredicted(self._project_id, FINAL),
            outdated=list(
                dict.fromkeys(
                    [
                        *self._store.tasks.list_outdated(self._project_id, FINAL, round_number),
                        *self._list_newly_audited(),
                    ]
                )
            ),
        )

    def cover(
        self,
        tasks: Sequence[tuple[int, str]],
        scoring: Scoring,
        round_number: int,
        labelled: LabelledSet,
        until: Callable[[], bool] = never,
    ) -> Written:
        """Write what the student that is served says of these open tasks, as far as nothing else has its turn."""
        n_served = self._reconciling.check()
        names = [text_hash for _, text_hash in tasks]
        former = self._judge(names, scoring)
        predictions = self._predict(tasks, scoring, round_number, labelled)
        of_teacher = list_teacher_predictions(
            self._store, self._project_id, self._schema, {task_id for task_id, _ in tasks}
        )
        written = self._writing.write(
            [*predictions, *of_teacher],
            most_changed=COVER_CHANGES if n_served else CHANGES_PER_ROUND,
            until=until,
        )
        published = self._publish(tasks, scoring.judge(names), former)
        self._store.opinions.save(self._project_id, published, round_number)
        if written.n_written or not n_served:
            self._serve()
        return written

    def _predict(
        self,
        tasks: Sequence[tuple[int, str]],
        scoring: Scoring,
        round_number: int,
        labelled: LabelledSet,
        queue_scores: Mapping[int, float] | None = None,
    ) -> list[Prediction]:
        """The final labels of these tasks, marked."""
        notes = ReviewNotes(self._store, self._project_id, self._schema)
        predictions = scoring.predict(tasks, FINAL, notes, queue_scores)
        opinions = scoring.judge([text_hash for _, text_hash in tasks])
        return mark_predictions(
            self._store,
            self._project_id,
            self._schema,
            [replace(prediction, round_number=round_number) for prediction in predictions],
            dict(tasks),
            {text_hash: opinion.label for text_hash, opinion in opinions.items()},
            labelled.ties,
        )

    def _judge(self, names: Sequence[str], scoring: Scoring) -> dict[str, Opinion]:
        """Judge these texts, and give what was last said of them, which stands where it is hardly other."""
        former = self._store.opinions.load(self._project_id, names)
        scoring.judge(names)
        scoring.keep(former)
        return former

    def _publish(
        self, tasks: Sequence[tuple[int, str]], opinions: Mapping[str, Opinion], former: Mapping[str, Opinion]
    ) -> list[Opinion]:
        """The opinions, with label and score as Label Studio shows them: former ones stand until they are written anew.

        What moved too little to be written stands as it was written, whatever was said in between.
        """
        hash_of = dict(tasks)
        held = self._store.predictions.load(self._project_id, FINAL, list(hash_of))
        at_turns = set(self._store.audit_samples.list_task_ids(self._project_id))
        behind = {
            hash_of[task_id]
            for task_id, row in held.items()
            if row.label != opinions[hash_of[task_id]].final_label
            or (task_id not in at_turns and has_moved(row.score, opinions[hash_of[task_id]].score))
        }
        shown = {
            hash_of[task_id]: row.score
            for task_id, row in held.items()
            if task_id not in at_turns and row.score is not None and hash_of[task_id] not in behind
        }
        return [
            replace(
                opinion,
                final_label=before.final_label,
                score=before.score,
                round_number=before.round_number,
                least_certain=before.least_certain,
            )
            if name in behind and (before := former.get(name)) is not None
            else replace(opinion, score=shown.get(name, opinion.score))
            for name, opinion in opinions.items()
        ]

    def _settle(self, scores: Mapping[int, float]) -> dict[int, float]:
        """The scores that tasks will have in Label Studio, where small moves are not written."""
        held = self._store.predictions.load(self._project_id, FINAL, list(scores))
        settled = dict(scores)
        for task_id, prediction in held.items():
            if prediction.score is not None and not has_moved(prediction.score, scores[task_id]):
                settled[task_id] = prediction.score
        return settled

    def _choose(
        self, by_student: Sequence[Prediction], begun: Collection[int], marked: Collection[int]
    ) -> list[Prediction]:
        """All that have a prediction already, and of the others the lowest scores up to the limit.

        Up to it again of those that were begun, which Label Studio serves before all others so that they must not take
        the others' places, and of those with a mark.
        """
        held = self._store.predictions.load(self._project_id, FINAL, [row.task_id for row in by_student])
        ordered = sorted(
            (row for row in by_student if row.task_id not in held),
            key=lambda row: 1.0 if row.score is None else row.score,
        )
        of_begun = [row for row in ordered if row.task_id in begun]
        of_marked = [row for row in ordered if row.task_id in marked and row.task_id not in begun]
        rest = [row for row in ordered if row.task_id not in begun and row.task_id not in marked]
        new = [row for rows in (of_begun, of_marked, rest) for row in rows[: self._push_limit]]
        return [*(row for row in by_student if row.task_id in held), *new]

    def _serve(self) -> None:
        self._store.leases.check(self._project_id)
        if self._store.predictions.count_texts(self._project_id, FINAL):
            self._label_studio.serve_lowest_score_first(self._project_id, FINAL)

    def _list_open(self) -> set[int]:
        return {task_id for task_id, _ in self._store.tasks.list_open(self._project_id)}

    def _list_tied(self, labelled: LabelledSet) -> list[tuple[int, str]]:
        """The tasks on whose texts people are evenly split, and those whose mark says so and is to go.

        All who were to label them have done so, without settling them.
        """
        tasks_of = self._store.tasks.list_tasks_of(self._project_id, sorted(labelled.ties))
        tied = [(task_id, text_hash) for text_hash, task_ids in tasks_of.items() for task_id in task_ids]
        return [*tied, *self._store.predictions.list_marked(self._project_id, TIE_MARK)]

    def _list_newly_audited(self) -> list[tuple[int, str]]:
        """The tasks of the audit by whose prediction its tab does not find them yet, people's labels or not.

        What one push leaves over, as it writes so many changes and no more, is written once it is quiet.
        """
        if self._tabs is None:
            return []
        code = audit_code(self._project_id)
        return self._store.audit_samples.list_unmarked_tasks(self._project_id, FINAL, code)
