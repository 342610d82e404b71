"""Signatures of failure, recognized from the rounds so far; each with its remedy in words.

Pure functions. None speaks before a few rounds have been seen, nor of a run that goes well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import fmean

from mraru.projects.learning.learning_curve import measure_gain
from mraru.selection_records import SelectionEnd
from mraru.store.projects.project_warnings import WarningLevel
from mraru.store.projects.round_repository import Round, RoundKind

N_ROUNDS = 3  # that must look alike
STARVING_RATE = 0.02  # acceptance: LDA had 0.2 to 1.9 % in arXiv:2511.11574
FLOODED_RATE = 0.75  # acceptance: forests had 36 to 43 % there
DOUBTFUL_GAP = 0.15  # confidence above what out-of-fold students get right
LIAR_GAP = 0.3  # likewise: such a student is no witness against the teacher
MIN_FLOODED_ROUNDS = 5  # a student that has learned little may well be unsure
SHY_GAP = 0.15  # the other way round
N_PLATEAU_ROUNDS = 8  # compared with as many before
PLATEAU_GAIN = 0.01
GOOD_AGREEMENT = 0.9  # flat above this is not early
N_CLASS_ROUNDS = 5
MIN_CLASS_LABELS = 50
CLASS_EXCESS = 1.5  # times the class's share of all texts
NOISE_SHARE = 0.06  # contradicted; measured without errors: to 0.055, at 10 %: 0.02-0.12, at 20 %: 0.07-0.16
MIN_JUDGED = 150  # teacher's labels
MISFIT_AGREEMENT = 0.5  # right teachers had 0.54 and more on TREC, AG News, BBC News and BANKING77
MIN_JUDGED_PER_CLASS = 20  # teacher's labels; with fewer, students of right teachers are below that, too


class DiagnosisCode(StrEnum):
    """What can be wrong; the code of the project's warning."""

    STARVING = "acceptance-near-zero"
    FLOODED = "acceptance-near-one"
    PLATEAU = "plateau"
    ONE_CLASS = "one-class-dominates"
    TEACHER_NOISE = "teacher-noise-suspected"
    MISFIT = "teacher-and-student-differ"
    WEAK_TEACHER = "weak-teacher"
    ZERO_SHOT = "zero-shot-teacher"
    ZERO_SHOT_MISFIT = "zero-shot-unlike-texts"


OF_ROUNDS = (
    DiagnosisCode.STARVING,
    DiagnosisCode.FLOODED,
    DiagnosisCode.PLATEAU,
    DiagnosisCode.ONE_CLASS,
    DiagnosisCode.TEACHER_NOISE,
    DiagnosisCode.MISFIT,
)  # what `diagnose` finds


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One signature, seen now."""

    code: DiagnosisCode
    level: WarningLevel
    message: str  # what is seen, with figures
    remedy: str  # what to do, with the names of settings


@dataclass(frozen=True, slots=True, kw_only=True)
class TaughtLabels:
    """What the teacher said."""

    n_classes: int = 2  # of the label config
    by_round: Mapping[int, Counter[str]] = field(default_factory=dict)  # how often each label, by round number
    estimated_shares: Mapping[str, float] = field(default_factory=dict)  # of each label among all texts


def diagnose(rounds: Sequence[Round], taught: TaughtLabels) -> tuple[Diagnosis, ...]:
    """Every signature that the rounds show now, the worst first.

    Args:
        rounds: all rounds of the project that are done, in order.
        taught: the teacher's labels in them.
    """
    found = [
        acceptance_is_near_zero(rounds),
        acceptance_is_near_one(rounds),
        plateau(rounds),
        one_class_dominates(rounds, taught),
        teacher_noise(rounds),
        misfit(rounds, taught),
    ]
    return tuple(diagnosis for diagnosis in found if diagnosis is not None)


def acceptance_is_near_zero(rounds: Sequence[Round]) -> Diagnosis | None:
    """The student is surer than it is right, so that next to nothing is accepted.

    A student that is sure and right has learned its task: that is no failure. Rates that a steered rule keeps up are
    none either, nor low ones of a sharpened rule over a student that has its doubts. One round is enough where the
    sampler gave up, since there may be no other.
    """
    guided = _guided(rounds)
    gave_up = bool(guided) and guided[-1].selection_end in (SelectionEnd.NO_UNCERTAINTY, SelectionEnd.MAX_PASSES)
    last = guided[-1:] if gave_up else guided[-N_ROUNDS:]
    if not gave_up and len(last) < N_ROUNDS:
        return None
    rates = [max(round_.acceptance_rate or 0.0, round_.mean_uncertainty or 0.0) for round_ in last]
    confidence, right = _confidence(last), _agreement(rounds)
    if (max(rates) >= STARVING_RATE and not gave_up) or right is None or confidence - right < DOUBTFUL_GAP:
        return None
    n_visits, n_accepted = sum(r.n_visited for r in last), sum(r.n_accepted for r in last)
    return Diagnosis(
        code=DiagnosisCode.STARVING,
        level=WarningLevel.ERROR,
        message=f"The student is overconfident: {n_visits} looks at texts lately led to {n_accepted} "
        f"questions ({n_accepted / n_visits:.2%}). It is {confidence:.1%} sure on average, but agrees with about "
        f"{right:.1%} of the teacher's labels that it has not learned.",
        remedy="Have the acceptance rate steered (MRARU_ACCEPTANCE_RULE=adaptive), calibrate the student's "
        "probabilities (MRARU_CALIBRATION=auto), or take another student (MRARU_STUDENT). Then restart the "
        "backend.",
    )


def acceptance_is_near_one(rounds: Sequence[Round]) -> Diagnosis | None:
    """The student is less sure than it could be, so that nearly everything is accepted, as at random."""
    guided = _guided(rounds)
    last = guided[-N_ROUNDS:]
    if len(guided) < MIN_FLOODED_ROUNDS:
        return None
    rate = fmean(round_.acceptance_rate or 0.0 for round_ in last)
    confidence, right = _confidence(last), _agreement(rounds)
    if rate < FLOODED_RATE or right is None or right - confidence < SHY_GAP:
        return None
    return Diagnosis(
        code=DiagnosisCode.FLOODED,
        level=WarningLevel.WARNING,
        message=f"The student is underconfident: in the last {N_ROUNDS} rounds {rate:.0%} of the looks at texts led "
        f"to a question, which is hardly better than drawing at random. It is {confidence:.1%} sure on average, but "
        f"agrees with about {right:.1%} of the teacher's labels that it has not learned.",
        remedy="Have the acceptance rate steered (MRARU_ACCEPTANCE_RULE=adaptive), calibrate the student's "
        "probabilities (MRARU_CALIBRATION=auto), or take another student (MRARU_STUDENT). Then restart the "
        "backend.",
    )


def plateau(rounds: Sequence[Round]) -> Diagnosis | None:
    """Neither agreement nor confidence rises any more, and the student is not yet good."""
    gain = measure_gain(rounds, N_PLATEAU_ROUNDS)
    level = _agreement(rounds)
    if gain is None or gain.larger >= PLATEAU_GAIN or level is None or level >= GOOD_AGREEMENT:
        return None
    return Diagnosis(
        code=DiagnosisCode.PLATEAU,
        level=WarningLevel.WARNING,
        message=f"The student has stopped learning: over the last {N_PLATEAU_ROUNDS} rounds its agreement with the "
        f"teacher, estimated for all texts, changed by {100 * gain.agreement:+.1f} points to {level:.1%}, and its "
        f"confidence by {100 * gain.confidence:+.1f} points.",
        remedy="Either it is at its capacity: take another student or embedding (MRARU_STUDENT, "
        "MRARU_EMBEDDING_MODEL). Or the teacher's labels are noisy: look at the disagreements, define the labels "
        "(mraru labels define), measure the teacher (mraru teacher eval). More rounds are unlikely to help: "
        "MRARU_STOP_GAIN_PER_USD ends them by itself.",
    )


def one_class_dominates(rounds: Sequence[Round], taught: TaughtLabels) -> Diagnosis | None:
    """One class takes most of the batches, far more than its share of all texts: uncertainty sits in it."""
    last = [round_.number for round_ in rounds if round_.is_sampled][-N_CLASS_ROUNDS:]
    counts = sum((taught.by_round.get(number, Counter[str]()) for number in last), Counter[str]())
    n_labels = counts.total()
    if len(last) < N_CLASS_ROUNDS or n_labels < MIN_CLASS_LABELS or taught.n_classes < 2:
        return None
    label, n_most = counts.most_common(1)[0]
    share, usual = n_most / n_labels, taught.estimated_shares.get(label, 0.0)
    if share < 0.5 + 0.5 / taught.n_classes or share < CLASS_EXCESS * usual:
        return None
    return Diagnosis(
        code=DiagnosisCode.ONE_CLASS,
        level=WarningLevel.WARNING,
        message=f"One class takes most of the batches: {n_most} of the last {n_labels} labels are '{label}' "
        f"({share:.0%}), though it is about {usual:.0%} of all texts.",
        remedy="Watch balanced accuracy, not accuracy. Define this label and those that it is mixed up with "
        "(mraru labels define), label some texts of the other classes yourself, or draw some rounds at random "
        "(MRARU_SAMPLER=random).",
    )


def teacher_noise(rounds: Sequence[Round]) -> Diagnosis | None:
    """Students that have not learned the teacher's labels contradict too many of them with confidence.

    An overconfident student is no witness: then this says nothing.
    """
    last = [round_ for round_ in rounds if round_.is_sampled and round_.n_judged >= MIN_JUDGED][-N_ROUNDS:]
    if len(last) < N_ROUNDS:
        return None
    shares = [round_.n_contradicted / round_.n_judged for round_ in last]
    guided, right = _guided(rounds)[-N_ROUNDS:], _agreement(rounds)
    is_overconfident = bool(guided) and right is not None and _confidence(guided) - right > LIAR_GAP
    if min(shares) < NOISE_SHARE or is_overconfident:
        return None
    return Diagnosis(
        code=DiagnosisCode.TEACHER_NOISE,
        level=WarningLevel.WARNING,
        message=f"The teacher's labels look noisy: students that have not learned them contradict "
        f"{last[-1].n_contradicted} of {last[-1].n_judged} ({shares[-1]:.1%}) with confidence. Less than "
        f"{NOISE_SHARE:.0%} is usual.",
        remedy="Look at the disagreements: correct those that the teacher has wrong, which also measures it "
        "(mraru teacher eval). Define the labels (mraru labels define), show it examples (MRARU_FEW_SHOT), or ask a "
        "better model (OPENAI_MODEL). If the teacher is right, the student is too weak: MRARU_STUDENT.",
    )


def misfit(rounds: Sequence[Round], taught: TaughtLabels) -> Diagnosis | None:
    """Students agree with less than half of the teacher's labels that they have not learned.

    Which of the two is weak cannot be told from that: a task that is hard for the student looks the same.
    """
    agreement = recent_agreement(rounds, taught.n_classes)
    if agreement is None or agreement >= MISFIT_AGREEMENT:
        return None
    return Diagnosis(
        code=DiagnosisCode.MISFIT,
        level=WarningLevel.WARNING,
        message="Teacher and student do not fit: of the teacher's labels that it has not learned, the student agrees "
        f"with about {agreement:.0%}, after {rounds[-1].n_labels} labels. Either many of the teacher's labels are "
        "wrong, or the texts are hard for the student. It is too early to rely on either.",
        remedy="Only people's labels tell which it is: have them label the texts of the audit first (mraru audit). If "
        "the teacher is wrong, define the labels (mraru labels define) or ask a better model (OPENAI_MODEL). If it is "
        "right, take another student or embedding (MRARU_STUDENT, MRARU_EMBEDDING_MODEL).",
    )


def recent_agreement(rounds: Sequence[Round], n_classes: int) -> float | None:
    """The agreement that `misfit` goes by; None before the teacher has given enough labels to go by it."""
    judged = [round_ for round_ in rounds if round_.is_sampled and round_.n_judged]
    if len(judged) < N_ROUNDS or judged[-1].n_judged < max(MIN_JUDGED, MIN_JUDGED_PER_CLASS * n_classes):
        return None
    return _agreement(judged)


def _guided(rounds: Sequence[Round]) -> list[Round]:
    """Rounds in which a student decided what is accepted."""
    return [
        round_
        for round_ in rounds
        if round_.is_sampled and round_.kind is not RoundKind.RANDOM and round_.mean_confidence is not None
    ]


def _confidence(guided: Sequence[Round]) -> float:
    return fmean(round_.mean_confidence or 0.0 for round_ in guided)


def _agreement(rounds: Sequence[Round]) -> float | None:
    """Estimated for all texts, by the last rounds that measured it."""
    known = [round_.estimated_agreement for round_ in rounds if round_.estimated_agreement is not None]
    return fmean(known[-N_ROUNDS:]) if known else None
