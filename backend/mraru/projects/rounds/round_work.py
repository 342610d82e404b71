"""One round: select, ask, train, push; every step is written down, so that a restart goes on after it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict

import numpy as np

from mraru.errors import BudgetExceeded, TeacherMisconfigured, TooFewClasses
from mraru.interfaces import Sampler, Student
from mraru.projects.final_labels.scoring import Scoring
from mraru.projects.final_labels.vote_consensus import GoldConsensus, settle_gold_labels, settle_votes
from mraru.projects.learning.certainty import measure_certainty
from mraru.projects.learning.labelled_set import LabelledSet
from mraru.projects.learning.training import Trained, Training
from mraru.projects.learning.unlabelled_pool import UnlabelledPool
from mraru.projects.predictions.pushing import Pushing
from mraru.projects.rounds.asking import Asking
from mraru.projects.rounds.seeding import Seeding
from mraru.projects.stopping.stop_set import StopSet
from mraru.projects.syncing.set_aside import note_set_aside
from mraru.query_strategies.random_sampling import select_uniformly
from mraru.schema_records import LabelSchema
from mraru.selection_records import Selection
from mraru.settings import Settings
from mraru.store.projects.project_repository import ProgressPhase
from mraru.store.projects.round_repository import Round, RoundKind, RoundStep, TextVisit
from mraru.store.store import Store

logger = logging.getLogger(__name__)

_OWN_STRATEGIES = (RoundKind.MRARU, RoundKind.RANDOM)


class RoundWork:
    """The rounds of one project."""

    def __init__(
        self,
        *,
        store: Store,
        project_id: int,
        schema: LabelSchema,
        config: Settings,
        asking: Asking,
        seeding: Seeding,
        training: Training,
        pushing: Pushing,
        make_scoring: Callable[[Student, LabelledSet], Scoring],
        read_labelled_set: Callable[[], LabelledSet],
        clock: Callable[[], float],
        stop_set: StopSet | None = None,
    ) -> None:
        self._store = store
        self._project_id = project_id
        self._schema = schema
        self._config = config
        self._asking = asking
        self._seeding = seeding
        self._training = training
        self._pushing = pushing
        self._make_scoring = make_scoring
        self._read_labelled_set = read_labelled_set
        self._clock = clock
        self._stop_set = stop_set

    def open_unsampled(self, kind: RoundKind) -> Round:
        """Begin a round for which the sampler is not asked: seeding, or corrections alone."""
        step = RoundStep.ASKING if kind is RoundKind.SEED else RoundStep.TRAINING
        return self._store.rounds.open(
            self._project_id,
            number=self._next_number(),
            kind=kind,
            step=step,
            n_pool=0,
            selected=(),
            selection_end=None,
            at=self._clock(),
        )

    def open_sampled(self, sampler: Sampler, student: Student | None, pool: UnlabelledPool) -> Round:
        """Let the sampler choose a batch and write down every visit before anybody is asked.

        Without a student there is nothing to be uncertain with: the batch is drawn at random.
        """
        number = self._next_number()
        self._store.projects.set_progress(self._project_id, ProgressPhase.SELECTING, 0, len(pool))
        rng = np.random.default_rng([self._config.seed, self._project_id, number])
        batch_size = self._config.batch_size
        if student is None:
            kind, selection = RoundKind.RANDOM, select_uniformly(pool, batch_size, rng)
        else:
            kind = RoundKind(sampler.name) if sampler.name in _OWN_STRATEGIES else RoundKind.OTHER_STRATEGY
            selection = sampler.select_batch(student, pool, batch_size, rng)
        logger.info(
            "project %d round %d: %s visited %d, accepted %d of %d (%s)",
            self._project_id,
            number,
            kind,
            selection.n_visited,
            selection.n_accepted,
            len(pool),
            selection.end,
            extra={"event": "selected"},
        )
        opened = self._store.rounds.open(
            self._project_id,
            number=number,
            kind=kind,
            step=RoundStep.ASKING if selection.n_accepted else RoundStep.DONE,
            n_pool=len(pool),
            selected=_text_visits(selection, pool),
            selection_end=selection.end,
            at=self._clock(),
        )
        if student is not None and selection.n_visited:
            self._store.rounds.update(
                self._project_id, number, **asdict(measure_certainty(student, pool, selection.visits))
            )
        return opened

    def finish(self, round_: Round, *, ask: bool) -> None:
        """Do what is left of a round; without `ask` the teacher is not asked and the rest is done.

        Raises:
            TeacherUnavailable: the round stays open and goes on later.
            TeacherMisconfigured, BudgetExceeded: the next call of `finish` goes on with the labels there are.
        """
        step = round_.step
        if step is RoundStep.ASKING:
            try:
                if ask:
                    self._ask(round_)
            except (TeacherMisconfigured, BudgetExceeded):
                self._store.rounds.update(self._project_id, round_.number, step=RoundStep.TRAINING)
                raise
            self._store.rounds.update(self._project_id, round_.number, step=RoundStep.TRAINING)
            step = RoundStep.TRAINING
        if step is RoundStep.TRAINING and not self._train(round_):
            return
        self._push(round_.number)

    def _ask(self, round_: Round) -> None:
        if round_.kind is RoundKind.SEED:
            self._seeding.seed_classes(round_.number, self._read_labelled_set, self._asking)
        else:
            self._asking.ask([*self.list_unasked(round_), *self._list_cut()], round_.number)

    def _list_cut(self) -> list[str]:
        """Texts without a label, by people or LLM, whose answer was cut short and may be longer now."""
        gold = self._read_labelled_set().gold
        return [text_hash for text_hash in self._asking.list_cut() if text_hash not in gold]

    def list_unasked(self, round_: Round) -> list[str]:
        """Accepted texts of the round that nobody has looked at yet."""
        known = self._read_labelled_set().known
        visits = self._store.rounds.list_visits(self._project_id, round_.number)
        return [visit.text_hash for visit in visits if visit.accepted and visit.text_hash not in known]

    def _train(self, round_: Round) -> bool:
        """Train and keep the student; False when there is nothing to learn from."""
        project = self._store.projects.get(self._project_id)
        assert project is not None
        self._store.projects.set_progress(self._project_id, ProgressPhase.TRAINING)
        settle_gold_labels(
            self._store,
            self._project_id,
            self._schema,
            GoldConsensus(self._config.gold_consensus),
            self._config.gold_min_texts,
        )
        settle_votes(self._store, self._project_id, self._schema, self._config.dawid_skene_min_texts)
        labelled = self._read_labelled_set()
        self._note_missing_classes(labelled)
        note_set_aside(self._store, self._project_id, self._schema, self._clock(), labelled)
        try:
            trained = self._training.train(labelled)
        except TooFewClasses:
            self._store.projects.forget_corrections(self._project_id, project.n_corrections)
            self._store.rounds.update(self._project_id, round_.number, step=RoundStep.DONE, finished_at=self._clock())
            return False
        self._training.save(trained.student, round_.number)
        self._store.rounds.update(
            self._project_id,
            round_.number,
            step=RoundStep.PUSHING,
            student=trained.student.name,
            n_labels=trained.n_labels,
            n_gold=len(labelled.gold),
            training_s=trained.training_s,
            **trained.calibration_figures,
            **self._compare_students(round_, trained, labelled),
        )
        self._store.projects.forget_corrections(self._project_id, project.n_corrections)
        return True

    def _compare_students(
        self, round_: Round, trained: Trained, labelled: LabelledSet
    ) -> dict[str, float | int | None]:
        """Kappa with the student before, where that rule is on and the round taught at least half a batch."""
        rounds = self._store.rounds.list_all(self._project_id)
        before = [earlier for earlier in rounds if earlier.number < round_.number and earlier.student is not None]
        if self._stop_set is None or not before or not round_.is_sampled:
            return {}
        student = self._training.load_if_kept(before[-1].number)
        if student is None or 2 * (trained.n_labels - before[-1].n_labels) < self._config.batch_size:
            return {}
        self._store.projects.set_progress(self._project_id, ProgressPhase.EMBEDDING)
        kappa, n_compared = self._stop_set.compare(student, trained.student, labelled)
        return {"kappa": kappa, "n_compared": n_compared}

    def _push(self, number: int) -> None:
        round_ = self._store.rounds.get(self._project_id, number)
        assert round_ is not None
        labelled = self._read_labelled_set()
        student = self._training.load(number, labelled)
        self._pushing.push_round(round_, student.name, self._make_scoring(student, labelled), labelled)

    def _note_missing_classes(self, labelled: LabelledSet) -> None:
        missing = labelled.missing_classes(self._schema)
        is_renamed = bool(
            labelled.set_aside_gold or labelled.set_aside_teacher
        )  # of which another warning says what to do
        if missing and not is_renamed:
            names = ", ".join(f"'{label}'" for label in missing)
            self._store.warnings.note(
                self._project_id,
                "classes-without-labels",
                f"No text has been labelled {names} so far, so the student cannot name it. "
                "Label a few such texts yourself, or check that the label's name says what it means.",
                self._clock(),
            )
        else:
            self._store.warnings.withdraw(self._project_id, "classes-without-labels")

    def _next_number(self) -> int:
        rounds = self._store.rounds.list_all(self._project_id)
        return rounds[-1].number + 1 if rounds else 1


def _text_visits(selection: Selection, pool: UnlabelledPool) -> list[TextVisit]:
    return [
        TextVisit(
            text_hash=pool.hash_at(visit.position),
            acceptance_probability=visit.acceptance_probability,
            accepted=visit.accepted,
            pass_number=visit.pass_number,
            near_duplicate=visit.near_duplicate,
        )
        for visit in selection.visits
    ]
