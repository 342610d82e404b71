"""The product's rounds on a data set whose labels are known, with every figure that its rules and warnings go by."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mraru.benchmark.core.data_sets import ArrayPool, DataSet
from mraru.benchmark.core.experiment import SELECTION_STREAM
from mraru.benchmark.core.measures import measure_quality
from mraru.benchmark.core.run_seeding import seed_rows
from mraru.benchmark.core.run_spec import RunSpec
from mraru.benchmark.core.run_students import make_student
from mraru.benchmark.core.simulated_teacher import make_simulated_teacher
from mraru.benchmark.replay.review_orders import as_schema
from mraru.benchmark.rules.compared_rules import make_rule
from mraru.interfaces import Probabilities, Student
from mraru.projects.diagnoses.diagnosing import count_taught_labels
from mraru.projects.diagnoses.diagnostics import TaughtLabels
from mraru.projects.final_labels.posteriors import fit_sources, judge_texts
from mraru.projects.learning.certainty import Certainty, measure_certainty
from mraru.projects.learning.labelled_set import LabelledSet
from mraru.projects.learning.student_check import check_student
from mraru.quality.agreement.cohen_kappa import cohen_kappa
from mraru.quality.agreement.student_agreement import student_labels
from mraru.selection_records import Selection
from mraru.store.projects.round_repository import Round, RoundKind, RoundStep
from mraru.students.calibration.calibrated import calibrate_as, judge_raw_out_of_fold

STOP_SET_STREAM = 5  # beside those of noise, seeding, selection and drawing
STOP_SET_SIZE = 500  # texts, the product's default


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySpec:
    """A run of the loop, and what people do meanwhile."""

    run: RunSpec
    n_checked: int = 0  # texts that people label after each round, of those that the teacher labelled

    @property
    def data_set(self) -> str:
        return self.run.data_set


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedRound:
    """A round as the store would hold it, and what only a benchmark knows."""

    round_: Round
    taught: TaughtLabels  # by the teacher, up to this round
    accuracy: float  # of the round's student on the texts held out


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """One run; the first round is the seeding."""

    spec: ReplaySpec
    rounds: tuple[ReplayedRound, ...]

    def rounds_until(self, index: int) -> list[Round]:
        """What the project has done after so many rounds beside the seeding."""
        return [replayed.round_ for replayed in self.rounds[: index + 1]]


def replay_rounds(spec: ReplaySpec, data_set: DataSet) -> Replay:
    """Run the loop until the budget is spent, the pool is empty or nothing is accepted.

    Students, calibration, sampling, seeding and all figures are the product's. People label those of the teacher's
    texts whose final label has the lowest score, rightly.

    Raises:
        BenchmarkError: the run's student or rule does not exist, or seeding found one class alone.
    """
    return _Replaying(spec, data_set).finish()


class _Replaying:
    def __init__(self, spec: ReplaySpec, data_set: DataSet) -> None:
        self._spec, self._run, self._data = spec, spec.run, data_set
        self._sampler = make_rule(self._run.rule)
        self._teacher = make_simulated_teacher(self._run, data_set)
        self._rng = np.random.default_rng([self._run.seed, SELECTION_STREAM])
        n_pool = len(data_set.y)
        self._stop_order = np.random.default_rng([self._run.seed, STOP_SET_STREAM]).permutation(n_pool)
        self._student: Student | None = None
        self._round_of: dict[int, int] = {}  # by row, of all that the teacher labelled
        self._acceptance: dict[str, float] = {}
        self._gold: dict[str, str] = {}
        self._rounds: list[ReplayedRound] = []

    def finish(self) -> Replay:
        n_pool = len(self._data.y)
        budget = n_pool if self._run.budget is None else min(self._run.budget, n_pool)
        seeding = seed_rows(self._run, self._teacher, self._data)
        self._learn(_open(RoundKind.SEED, 0, 0), seeding)
        while len(self._round_of) < budget:
            unlabelled = np.setdiff1d(np.arange(n_pool, dtype=np.intp), list(self._round_of))
            accepted, opened = self._select(unlabelled, min(self._run.batch_size, budget - len(self._round_of)))
            if not len(accepted):
                self._rounds.append(replace(self._rounds[-1], round_=opened))
                break
            self._learn(opened, accepted)
        return Replay(spec=self._spec, rounds=tuple(self._rounds))

    def _select(self, unlabelled: NDArray[np.intp], n_wanted: int) -> tuple[NDArray[np.intp], Round]:
        assert self._student is not None
        pool = ArrayPool(self._data.X, unlabelled)
        selection = self._sampler.select_batch(self._student, pool, n_wanted, self._rng)
        self._acceptance |= {
            _name(unlabelled[visit.position]): visit.acceptance_probability
            for visit in selection.visits
            if visit.accepted
        }
        kind = RoundKind.RANDOM if self._run.rule == "random" else RoundKind.MRARU
        opened = _open(kind, len(self._rounds), len(unlabelled), selection)
        certainty = measure_certainty(self._student, pool, selection.visits) if selection.n_visited else Certainty()
        return unlabelled[np.asarray(selection.accepted, dtype=np.intp)], replace(opened, **asdict(certainty))

    def _learn(self, opened: Round, rows: NDArray[np.intp]) -> None:
        n_before, before = len(self._round_of), self._student
        self._round_of |= dict.fromkeys(rows.tolist(), opened.number)
        known = np.array(sorted(self._round_of), dtype=np.intp)
        taught = dict(zip(known.tolist(), self._teacher.label(known).tolist(), strict=True))
        labelled = LabelledSet(gold=dict(self._gold), teacher={_name(row): label for row, label in taught.items()})
        y = np.array(list(labelled.labels.values()), dtype=np.str_)
        student = make_student(self._run)
        student.fit(self._data.X[known], y)
        raw = judge_raw_out_of_fold(
            student, lambda: make_student(self._run), self._data.X[known], y, None, seed=self._run.seed
        )
        out_of_fold = dict(zip(labelled.labels, calibrate_as(student, raw), strict=True))
        check = check_student(
            out_of_fold,
            dict(zip(labelled.labels, raw, strict=True)),
            student.classes_,
            labelled,
            self._acceptance,
        )
        done = replace(
            opened,
            student=student.name,
            n_labels=len(known),
            n_gold=len(labelled.gold),
            finished_at=0.0,
            **asdict(check),
        )
        if before is not None and 2 * (len(known) - n_before) >= self._run.batch_size:
            kappa, n_compared = self._compare(before, student)
            done = replace(done, kappa=kappa, n_compared=n_compared)
        labels = [(self._round_of[row], label) for row, label in taught.items()]
        acceptance = [self._acceptance.get(_name(row), 1.0) for row in taught]
        self._rounds.append(
            ReplayedRound(
                round_=done,
                taught=count_taught_labels(labels, acceptance, len(self._data.classes)),
                accuracy=measure_quality(student, self._data.X_test, self._data.y_test).accuracy,
            )
        )
        self._student = student
        self._check_by_people(labelled, out_of_fold, student)

    def _compare(self, before: Student, after: Student) -> tuple[float | None, int]:
        rows = [row for row in self._stop_order.tolist() if row not in self._round_of][:STOP_SET_SIZE]
        if not rows:
            return None, 0
        X = self._data.X[rows]
        said = [student_labels(student.predict_proba(X), student.classes_) for student in (before, after)]
        return cohen_kappa(said[0], said[1]), len(rows)

    def _check_by_people(self, labelled: LabelledSet, out_of_fold: dict[str, Probabilities], student: Student) -> None:
        names = [name for name in labelled.teacher if name not in labelled.gold]
        if not names or not self._spec.n_checked:
            return
        schema = as_schema(self._data.classes)
        judged = judge_texts(
            fit_sources(labelled, schema, out_of_fold, student.classes_, ()),
            labelled,
            schema,
            names,
            np.stack([out_of_fold[name] for name in names]),
            student.classes_,
            is_heard=np.ones(len(names), dtype=np.bool_),
        )
        scores = np.array([found.score for found in judged])
        for place in np.argsort(scores, kind="stable")[: self._spec.n_checked].tolist():
            self._gold[names[place]] = str(self._data.y[int(names[place])])


def _name(row: int | np.intp) -> str:
    """Stands in for the text's hash; names sort as rows do, so that students see texts in one order.

    >>> _name(12)
    '00000012'
    """
    return f"{row:08d}"


def _open(kind: RoundKind, number: int, n_pool: int, selection: Selection | None = None) -> Round:
    return Round(
        project_id=0,
        number=number,
        kind=kind,
        step=RoundStep.DONE,
        student=None,
        model_version=None,
        n_pool=n_pool,
        n_visited=selection.n_visited if selection else 0,
        n_accepted=selection.n_accepted if selection else 0,
        selection_end=selection.end if selection else None,
        n_labels=0,
        n_gold=0,
        agreement=None,
        n_pushed=0,
        training_s=None,
        started_at=0.0,
        finished_at=None,
    )
