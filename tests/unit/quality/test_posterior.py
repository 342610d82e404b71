from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from mraru.quality.posterior.posterior import (
    NOBODY,
    PEOPLE_ERROR,
    Reliability,
    Statements,
    log_likelihood,
    posterior,
    taught,
)

TRUSTING = Reliability(sharpness=1.0, slip=0.1, truth=np.eye(3))


def said(student: list[list[float]], **known: list[float]) -> Statements:
    n_texts = len(student)
    nobody = [NOBODY] * n_texts
    return Statements(
        student=np.array(student),
        heard=np.array(known.get("heard", [1.0] * n_texts)),
        teacher=np.array(known.get("teacher", nobody), dtype=np.intp),
        teacher_offset=np.array(known.get("teacher_offset", [0.0] * n_texts)),
        people=np.array(known.get("people", nobody), dtype=np.intp),
    )


def draw(seed: int, n_texts: int = 200, n_classes: int = 4) -> tuple[Statements, Reliability]:
    rng = np.random.default_rng(seed)

    def labels() -> NDArray[np.intp]:
        return rng.integers(NOBODY, n_classes, n_texts).astype(np.intp)

    statements = Statements(
        student=rng.dirichlet([0.1] * n_classes, n_texts),
        heard=rng.random(n_texts),
        teacher=labels(),
        teacher_offset=rng.normal(0, 2, n_texts),
        people=labels(),
    )
    truth = rng.dirichlet([0.5] * n_classes, n_classes)
    return statements, Reliability(sharpness=rng.random() * 5 + 0.1, slip=rng.random() * 0.8 + 0.01, truth=truth)


@pytest.mark.parametrize("seed", range(10))
def test_every_posterior_is_a_distribution(seed: int) -> None:
    found = posterior(*draw(seed))
    assert found.shape == (200, 4)
    assert found.min() >= 0.0
    assert found.sum(axis=1) == pytest.approx(1.0)


def test_without_anybody_else_it_is_the_students_opinion() -> None:
    assert posterior(said([[0.7, 0.2, 0.1]]), TRUSTING)[0] == pytest.approx([0.7, 0.2, 0.1])


def test_what_nobody_heard_says_nothing() -> None:
    assert posterior(said([[0.7, 0.2, 0.1]], heard=[0.0]), TRUSTING)[0] == pytest.approx([1 / 3] * 3)


def test_llm_and_student_that_agree_are_surer_together_than_either() -> None:
    both = posterior(said([[0.7, 0.2, 0.1]], teacher=[0]), TRUSTING)[0, 0]
    assert both > max(0.7, 0.9)


def test_the_label_is_the_louder_ones_where_they_differ() -> None:
    doubtful, sure = posterior(said([[0.5, 0.4, 0.1], [0.97, 0.02, 0.01]], teacher=[1, 1]), TRUSTING)
    assert doubtful.argmax() == 1
    assert sure.argmax() == 0


def test_an_llm_that_doubts_itself_is_outvoted_sooner() -> None:
    usual, doubting = posterior(said([[0.7, 0.25, 0.05]] * 2, teacher=[1, 1], teacher_offset=[0.0, -2.0]), TRUSTING)
    assert usual.argmax() == 1
    assert doubting.argmax() == 0


def test_agreement_does_not_make_a_systematically_wrong_teacher_sure() -> None:
    half = Reliability(sharpness=1.0, slip=0.05, truth=np.array([[0.5, 0.5, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]))
    agreed, other = posterior(said([[0.99, 0.005, 0.005], [0.005, 0.99, 0.005]], teacher=[0, 1]), half)
    assert agreed.max() == pytest.approx(0.5, abs=0.01)
    assert other.max() > 0.98


def test_a_person_outweighs_an_ordinary_disagreement_but_not_what_all_else_says() -> None:
    ordinary, alone = posterior(
        said([[0.9, 0.08, 0.02], [0.999, 0.0005, 0.0005]], teacher=[NOBODY, 0], people=[1, 1]), TRUSTING
    )
    assert ordinary.argmax() == 1
    assert alone[1] < 0.5


def test_a_labeller_without_a_student_is_right_as_often_as_it_errs_not() -> None:
    flat = [[1 / 3] * 3]
    assert posterior(said(flat, teacher=[2]), TRUSTING)[0, 2] == pytest.approx(0.9)
    assert posterior(said(flat, people=[2]), TRUSTING)[0, 2] == pytest.approx(1 - PEOPLE_ERROR)


def test_half_of_the_errors_fall_to_the_likeliest_other_class() -> None:
    likelihood = np.exp(log_likelihood(np.array([0]), np.array([0.3]), np.array([[0.1, 0.2, 0.7]])))[0]
    assert likelihood == pytest.approx([0.7, 0.075, 0.225])


def test_one_class_alone_is_certain() -> None:
    only = Statements(
        student=np.ones((1, 1)),
        heard=np.ones(1),
        teacher=np.array([0]),
        teacher_offset=np.zeros(1),
        people=np.array([0]),
    )
    assert posterior(only, Reliability(sharpness=1.0, slip=0.1, truth=np.eye(1))).tolist() == [[1.0]]


def test_inputs_are_not_changed() -> None:
    statements, reliability = draw(3)
    before = [part.copy() for part in (statements.student, statements.teacher, reliability.truth)]
    posterior(statements, reliability)
    for part, kept in zip((statements.student, statements.teacher, reliability.truth), before, strict=True):
        assert (part == kept).all()


def test_statements_about_different_texts_are_refused() -> None:
    with pytest.raises(ValueError, match="same texts"):
        said([[0.5, 0.3, 0.2]], heard=[1.0, 1.0])


def test_what_is_taught_does_not_ask_how_often_that_is_true() -> None:
    assert taught(said([[0.7, 0.2, 0.1]]), 1.0, 0.1)[0] == pytest.approx([0.7, 0.2, 0.1])
