"""A whole corpus as the product would judge it, with a simulated teacher and people who audit: everything is known."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mraru.benchmark.core.data_sets import ArrayPool, DataSet
from mraru.benchmark.core.experiment import SELECTION_STREAM
from mraru.benchmark.core.run_seeding import seed_rows
from mraru.benchmark.core.run_spec import NoiseKind, RunSpec
from mraru.benchmark.core.run_students import NO_CALIBRATION, make_student
from mraru.benchmark.core.simulated_teacher import SimulatedTeacher, make_simulated_teacher
from mraru.benchmark.rules.compared_rules import make_rule
from mraru.interfaces import Labels, Probabilities
from mraru.projects.learning.labelled_set import LabelledSet
from mraru.students.calibration.calibrated import judge_out_of_fold

AUDIT_STREAM = 6  # beside those of noise, seeding, selection, confidence and drawing


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedCorpus:
    """All texts of a pool after so many labels of the teacher and so many audited ones of people."""

    truth: Labels  # (n_texts,), the data set's own
    teacher: Labels  # (n_texts,), what the simulated teacher says of each text; it was asked about `asked` alone
    asked: NDArray[np.bool_]  # (n_texts,)
    audited: NDArray[np.bool_]  # (n_texts,); people are right about them
    probabilities: Probabilities  # (n_texts, n_classes), of students that have not learned the text
    classes: Labels  # (n_classes,), the columns
    n_labels: int  # that were asked for
    n_audited: int
    is_zero_shot: bool

    @property
    def names(self) -> list[str]:
        """Stand in for the texts' hashes."""
        return [name_row(row) for row in range(len(self.truth))]

    @property
    def labelled(self) -> LabelledSet:
        """Who said what."""
        asked = {name_row(row): str(self.teacher[row]) for row in np.flatnonzero(self.asked)}
        return LabelledSet(
            gold={name_row(row): str(self.truth[row]) for row in np.flatnonzero(self.audited)},
            teacher=dict(asked),
            zero_shot=frozenset(asked) if self.is_zero_shot else frozenset(),
        )


def judge_corpora(
    spec: RunSpec, data_set: DataSet, stages: tuple[int, ...], audits: tuple[int, ...]
) -> list[JudgedCorpus]:
    """Let the spec's rule choose texts up to the last stage, and judge all texts at each, with each audit.

    As in the product, half of the audited texts are drawn of all texts, half of those that the teacher labelled, and
    the student learns people's labels, too. Texts are chosen by students that are not calibrated.

    Args:
        stages: numbers of the teacher's labels, ascending; one beyond the pool's size is left out.
        audits: numbers of audited texts.

    Raises:
        BenchmarkError: there is no such student or rule, or the teacher cannot be had on this data set.
    """
    teacher = make_simulated_teacher(spec, data_set)
    everything = np.arange(len(data_set.y), dtype=np.intp)
    said = teacher.label(everything)
    reached = tuple(stage for stage in stages if stage <= len(data_set.y) // 2)
    rows = _choose_rows(spec, teacher, data_set, reached)
    found = []
    for n_labels in reached:
        asked = rows[:n_labels]
        rng = np.random.default_rng([spec.seed, AUDIT_STREAM])
        of_corpus = rng.permutation(len(data_set.y))
        of_teacher = rng.permutation(asked)
        for n_audited in audits:
            half = n_audited // 2
            gold = np.union1d(of_corpus[: n_audited - half], of_teacher[:half]).astype(np.intp)
            found.append(_judge(spec, data_set, said, asked, gold, n_labels, n_audited))
    return found


def name_row(row: int | np.intp) -> str:
    """
    >>> name_row(12)
    '00000012'
    """
    return f"{row:08d}"


def _choose_rows(
    spec: RunSpec, teacher: SimulatedTeacher, data_set: DataSet, stages: tuple[int, ...]
) -> NDArray[np.intp]:
    """Rows of the pool in the order in which the loop asks about them; a training at each stage at least."""
    choosing = replace(spec, calibration=NO_CALIBRATION)
    sampler, rng = make_rule(spec.rule), np.random.default_rng([spec.seed, SELECTION_STREAM])
    rows = seed_rows(spec, teacher, data_set)
    for stage in stages:
        while len(rows) < stage:
            student = make_student(choosing)
            student.fit(data_set.X[rows], teacher.label(rows))
            unlabelled = np.setdiff1d(np.arange(len(data_set.y), dtype=np.intp), rows)
            n_wanted = min(spec.batch_size * spec.retrain_every, stage - len(rows))
            accepted = sampler.select_batch(student, ArrayPool(data_set.X, unlabelled), n_wanted, rng).accepted
            if not accepted:
                return rows
            rows = np.concatenate([rows, unlabelled[np.asarray(accepted, dtype=np.intp)]])
    return rows


def _judge(
    spec: RunSpec,
    data_set: DataSet,
    said: Labels,
    asked: NDArray[np.intp],
    gold: NDArray[np.intp],
    n_labels: int,
    n_audited: int,
) -> JudgedCorpus:
    known = np.union1d(asked, gold).astype(np.intp)
    taught = said.astype(data_set.y.dtype, copy=True)
    taught[gold] = data_set.y[gold]
    student = make_student(spec)
    student.fit(data_set.X[known], taught[known])
    probabilities = student.predict_proba(data_set.X)
    probabilities[known] = judge_out_of_fold(
        student, lambda: make_student(spec), data_set.X[known], taught[known], None, seed=spec.seed
    )
    members = np.arange(len(data_set.y))
    return JudgedCorpus(
        truth=data_set.y,
        teacher=said,
        asked=np.isin(members, asked),
        audited=np.isin(members, gold),
        probabilities=probabilities,
        classes=student.classes_,
        n_labels=n_labels,
        n_audited=n_audited,
        is_zero_shot=spec.noise_kind is NoiseKind.ZERO_SHOT,
    )
