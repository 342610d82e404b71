from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mraru.benchmark.studies.teachers.teacher_votes import (
    EVEN_ERRORS,
    ONE_MISTAKES_A_CLASS,
    TWO_TEACHERS,
    Panel,
    draw_votes,
    evenly,
    measure_voting,
)
from mraru.benchmark.studies.teachers.teacher_votes_report import write_voting_report


def test_votes_err_as_often_and_in_the_direction_that_the_confusion_matrix_says() -> None:
    panel = Panel(title="", n_texts=6000, confusions=ONE_MISTAKES_A_CLASS.confusions)
    truth, votes = draw_votes(panel, np.random.default_rng(0))

    said = {(name, vote.teacher): vote.label for name in votes for vote in votes[name]}
    third = [name for name, right in truth.items() if right == "class 3"]
    assert len(third) == pytest.approx(2000, abs=150)
    mistaken = np.mean([said[name, "mistakes a class"] == "class 1" for name in third])
    assert mistaken == pytest.approx(0.65, abs=0.04)
    careless = np.mean([said[name, "careless"] == right for name, right in truth.items()])
    assert careless == pytest.approx(0.7, abs=0.03)


def test_dawid_skene_beats_the_majority_where_one_class_is_mistaken_and_loses_where_errors_are_even() -> None:
    mistaken, even = (measure_voting(panel, range(3)) for panel in (ONE_MISTAKES_A_CLASS, EVEN_ERRORS))

    assert np.mean(mistaken.dawid_skene) > np.mean(mistaken.majority) + 0.02
    assert np.mean(even.dawid_skene) < np.mean(even.majority)
    assert max(mistaken.accuracy_off) < 0.1


def test_of_two_teachers_the_first_decides_where_they_differ() -> None:
    found = measure_voting(TWO_TEACHERS, range(5))

    assert np.mean(found.majority) == pytest.approx(0.95, abs=0.02)


def test_the_same_seed_draws_the_same_votes() -> None:
    panel = Panel(title="", n_texts=30, confusions={"a": evenly(0.8, 3), "b": evenly(0.6, 3), "c": evenly(0.6, 3)})

    assert measure_voting(panel, [4, 5]) == measure_voting(panel, [4, 5])
    assert measure_voting(panel, [4]) != measure_voting(panel, [5])


def test_the_report_shows_both_and_says_that_nobody_was_asked(tmp_path: Path) -> None:
    outcome = measure_voting(Panel(title="three", n_texts=60, confusions=EVEN_ERRORS.confusions), [0, 1])

    write_voting_report(tmp_path, [outcome], "mraru benchmark teachers")

    (panel,) = json.loads((tmp_path / "teachers.json").read_text())["panels"]
    assert panel["majority"] == list(outcome.majority)
    for page in ("teachers.md", "teachers.html"):
        text = (tmp_path / page).read_text()
        assert "No LLM was asked" in " ".join(text.split())
        assert f"{np.mean(outcome.majority):.3f} (" in text
