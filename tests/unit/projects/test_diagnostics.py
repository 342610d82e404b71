"""Signatures of failure: each is recognized, and each healthy neighbour of it raises no warning."""

from __future__ import annotations

from collections import Counter

import pytest

from fakes.rounds import learning_rounds, make_round, make_rounds
from mraru.projects.diagnoses.diagnostics import OF_ROUNDS, DiagnosisCode, TaughtLabels, diagnose
from mraru.selection_records import SelectionEnd
from mraru.store.projects.project_warnings import WarningLevel
from mraru.store.projects.round_repository import Round, RoundKind

NOTHING_TAUGHT = TaughtLabels()
STARVING = {
    "n_visited": 5000,
    "n_accepted": 25,
    "mean_uncertainty": 0.006,
    "mean_confidence": 0.995,
    "estimated_agreement": 0.6,
}
FLOODED = {
    "n_visited": 28,
    "n_accepted": 25,
    "mean_uncertainty": 0.85,
    "mean_confidence": 0.3,
    "estimated_agreement": 0.65,
}


def codes(rounds: list[Round], taught: TaughtLabels = NOTHING_TAUGHT) -> list[DiagnosisCode]:
    return [made.code for made in diagnose(rounds, taught)]


@pytest.mark.parametrize("n_rounds", [0, 1, 2, 5, 40])
def test_a_run_that_learns_shows_nothing(n_rounds: int) -> None:
    assert codes(learning_rounds(n_rounds)) == []


def test_an_overconfident_student_that_accepts_next_to_nothing_is_an_error() -> None:
    (made,) = diagnose(make_rounds(3, **STARVING), NOTHING_TAUGHT)
    assert (made.code, made.level) == (DiagnosisCode.STARVING, WarningLevel.ERROR)
    assert "15000 looks at texts lately led to 75 questions (0.50%)" in made.message
    assert "99.5% sure on average, but agrees with about 60.0%" in made.message
    assert "MRARU_STUDENT" in made.remedy


def test_one_round_is_enough_where_the_sampler_gave_up() -> None:
    """The seeding before it says how right the student is: a round that accepted nothing is not trained on."""
    seed = make_round(1, kind=RoundKind.SEED, estimated_agreement=0.6, mean_confidence=None)
    gave_up = make_round(
        2, **{**STARVING, "n_accepted": 0, "estimated_agreement": None}, selection_end=SelectionEnd.MAX_PASSES
    )
    assert codes([seed, gave_up]) == [DiagnosisCode.STARVING]


@pytest.mark.parametrize(
    "changes",
    [
        {"estimated_agreement": 0.99},
        {"n_visited": 250},
        {"mean_uncertainty": 0.3, "mean_confidence": 0.75, "n_visited": 5000, "estimated_agreement": 0.7},
        {"estimated_agreement": None},
    ],
    ids=["it is right", "a steered rule accepts enough", "a sharpened rule passes over much", "not judged"],
)
def test_little_acceptance_is_no_failure_when(changes: dict[str, object]) -> None:
    assert DiagnosisCode.STARVING not in codes(make_rounds(3, **{**STARVING, **changes}))


def test_one_round_that_accepts_little_is_no_signature() -> None:
    assert codes([*make_rounds(2), make_round(3, **STARVING)]) == []


def test_an_underconfident_student_that_accepts_everything_is_named() -> None:
    (made,) = diagnose(make_rounds(5, **FLOODED), NOTHING_TAUGHT)
    assert (made.code, made.level) == (DiagnosisCode.FLOODED, WarningLevel.WARNING)
    assert "89% of the looks at texts led to a question" in made.message


@pytest.mark.parametrize(
    "changes",
    [{"estimated_agreement": 0.35}, {"n_visited": 60}, {"kind": RoundKind.RANDOM}],
    ids=["it knows nothing yet", "it passes over half", "texts are drawn at random"],
)
def test_much_acceptance_is_no_failure_when(changes: dict[str, object]) -> None:
    assert DiagnosisCode.FLOODED not in codes(make_rounds(5, **{**FLOODED, **changes}))


def test_a_student_may_be_unsure_in_its_first_rounds() -> None:
    assert codes(make_rounds(4, **FLOODED)) == []


def test_a_student_that_stopped_learning_early_is_on_a_plateau() -> None:
    (made,) = diagnose(make_rounds(16), NOTHING_TAUGHT)
    assert made.code is DiagnosisCode.PLATEAU
    assert "changed by +0.0 points to 80.0%" in made.message


@pytest.mark.parametrize(
    "rounds",
    [
        make_rounds(15),
        make_rounds(16, estimated_agreement=0.95, mean_confidence=0.95),
        learning_rounds(16, per_round=0.002),
        [make_round(n, estimated_agreement=0.6, mean_confidence=0.5 + 0.005 * n) for n in range(1, 17)],
    ],
    ids=["too few rounds", "good already", "slow but steady", "harder questions, but surer"],
)
def test_it_is_no_plateau_when(rounds: list[Round]) -> None:
    assert codes(rounds) == []


def taught(counts: dict[str, int], shares: dict[str, float], n_classes: int = 4) -> TaughtLabels:
    """The same labels in each of five rounds."""
    return TaughtLabels(
        n_classes=n_classes, by_round={number: Counter(counts) for number in range(1, 6)}, estimated_shares=shares
    )


def test_a_small_class_that_takes_most_of_the_batches_is_named() -> None:
    (made,) = diagnose(learning_rounds(5), taught({"rare": 18, "other": 7}, {"rare": 0.1, "other": 0.9}))
    assert made.code is DiagnosisCode.ONE_CLASS
    assert "90 of the last 125 labels are 'rare' (72%), though it is about 10% of all texts" in made.message
    assert "balanced accuracy" in made.remedy


@pytest.mark.parametrize(
    ("counts", "shares"),
    [
        ({"common": 18, "other": 7}, {"common": 0.7, "other": 0.3}),
        ({"rare": 12, "other": 13}, {"rare": 0.1, "other": 0.9}),
        ({"rare": 5, "other": 1}, {"rare": 0.1, "other": 0.9}),
    ],
    ids=["it is most of the texts", "it takes half", "too few labels"],
)
def test_a_class_does_not_dominate_when(counts: dict[str, int], shares: dict[str, float]) -> None:
    assert codes(learning_rounds(5), taught(counts, shares)) == []


def test_two_classes_need_more_than_two_thirds_to_be_lopsided() -> None:
    shares = {"rare": 0.1, "other": 0.9}
    assert codes(learning_rounds(5), taught({"rare": 17, "other": 8}, shares, n_classes=2)) == []
    assert codes(learning_rounds(5), taught({"rare": 20, "other": 5}, shares, n_classes=2)) == [DiagnosisCode.ONE_CLASS]


def test_a_teacher_that_students_contradict_often_is_suspected() -> None:
    (made,) = diagnose(learning_rounds(5, n_judged=200, n_contradicted=20), NOTHING_TAUGHT)
    assert made.code is DiagnosisCode.TEACHER_NOISE
    assert "contradict 20 of 200 (10.0%)" in made.message
    assert "mraru labels define" in made.remedy


@pytest.mark.parametrize(
    "changes",
    [
        {"n_judged": 149, "n_contradicted": 20},
        {"n_judged": 200, "n_contradicted": 8},
        {"n_judged": 200, "n_contradicted": 20, "mean_confidence": 0.95, "estimated_agreement": 0.5},
    ],
    ids=["too few labels", "a few slips", "an overconfident student is no witness"],
)
def test_a_teacher_is_not_suspected_when(changes: dict[str, object]) -> None:
    assert DiagnosisCode.TEACHER_NOISE not in codes(learning_rounds(5, **changes))


def test_a_teacher_with_whom_its_student_agrees_in_less_than_half_does_not_fit_it() -> None:
    (made,) = diagnose(make_rounds(3, n_judged=160, estimated_agreement=0.4), NOTHING_TAUGHT)
    assert (made.code, made.level) == (DiagnosisCode.MISFIT, WarningLevel.WARNING)
    assert "agrees with about 40%, after 175 labels" in made.message
    assert "Either many of the teacher's labels are wrong, or the texts are hard for the student" in made.message


@pytest.mark.parametrize(
    ("rounds", "n_classes"),
    [
        (make_rounds(3, n_judged=160, estimated_agreement=0.55), 2),
        (make_rounds(3, n_judged=149, estimated_agreement=0.4), 2),
        (make_rounds(3, n_judged=160, estimated_agreement=0.4), 9),
        (make_rounds(2, n_judged=160, estimated_agreement=0.4), 2),
    ],
    ids=["they agree in half", "too few labels", "too few labels of a class", "too few rounds"],
)
def test_teacher_and_student_may_differ_when(rounds: list[Round], n_classes: int) -> None:
    assert codes(rounds, TaughtLabels(n_classes=n_classes)) == []


def test_every_diagnosis_has_figures_and_a_remedy_that_names_a_setting_or_a_command() -> None:
    shown = [
        *diagnose(make_rounds(3, **STARVING), NOTHING_TAUGHT),
        *diagnose(make_rounds(5, **FLOODED), NOTHING_TAUGHT),
        *diagnose(make_rounds(16), NOTHING_TAUGHT),
        *diagnose(learning_rounds(5), taught({"rare": 25}, {"rare": 0.1})),
        *diagnose(learning_rounds(5, n_judged=200, n_contradicted=20), NOTHING_TAUGHT),
        *diagnose(make_rounds(3, estimated_agreement=0.4), NOTHING_TAUGHT),
    ]
    assert {made.code for made in shown} == set(OF_ROUNDS)
    assert all(any(letter.isdigit() for letter in made.message) for made in shown)
    assert all("MRARU_" in made.remedy or "mraru " in made.remedy for made in shown)
