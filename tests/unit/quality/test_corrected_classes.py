from __future__ import annotations

import numpy as np
import pytest

from mraru.quality.agreement.class_corrections import (
    CorrectedClass,
    choose_typical,
    find_corrected_classes,
    most_confused_with,
    often_corrected,
)
from mraru.quality.agreement.resolved_disagreements import resolved_disagreements

GOLD = {"a": "tech", "b": "tech", "c": "sport", "d": "tech", "e": "food", "f": "sport"}
TEACHER = {"a": "sport", "b": "sport", "c": "sport", "d": "tech", "e": "sport", "f": None, "g": "food"}


def pair(said: str, right: str, n_corrected: int, n_checked: int = 10) -> CorrectedClass:
    return CorrectedClass(
        teacher_label=said, gold_label=right, n_corrected=n_corrected, n_checked=n_checked, typical=()
    )


def test_each_pair_is_counted_among_the_checked_texts_of_the_llms_label() -> None:
    found = find_corrected_classes(GOLD, TEACHER, {})
    assert [(one.teacher_label, one.gold_label, one.n_corrected, one.n_checked) for one in found] == [
        ("sport", "tech", 2, 4),
        ("sport", "food", 1, 4),
    ]
    assert found[0].share == 0.5


def test_texts_without_a_label_of_the_llms_or_of_people_count_nowhere() -> None:
    assert find_corrected_classes({"f": "sport"}, TEACHER, {}) == []
    assert find_corrected_classes({}, TEACHER, {}) == []


def test_of_equally_frequent_pairs_the_larger_share_comes_first() -> None:
    gold = {"a": "x", "b": "y", "c": "y", "d": "z"}
    found = find_corrected_classes(gold, {"a": "y", "b": "z", "c": "z", "d": "y"}, {})
    assert [(one.n_corrected, one.share) for one in found] == [(2, 1.0), (1, 0.5), (1, 0.5)]


def test_the_typical_texts_are_those_nearest_to_the_middle() -> None:
    angles = {"a": 0.0, "b": 40.0, "c": 50.0, "d": 60.0}
    vectors = {
        name: np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))], dtype=np.float32)
        for name, angle in angles.items()
    }
    assert choose_typical("dcba", vectors, 3) == ("b", "c", "d")
    assert choose_typical("dcbaz", vectors, 9) == ("b", "c", "d", "a", "z")


def test_both_directions_of_a_confusion_count_together() -> None:
    pairs = [pair("sport", "food", 3), pair("sport", "tech", 2), pair("tech", "sport", 2)]
    assert most_confused_with("sport", pairs) == "tech"
    assert most_confused_with("food", pairs) == "sport"


def test_a_class_is_often_corrected_from_three_corrections_into_one_other_on() -> None:
    assert often_corrected([pair("a", "b", 3), pair("a", "c", 3), pair("b", "a", 2)]) == ["a"]


@pytest.mark.parametrize(
    ("teacher", "student", "is_resolved"),
    [
        ({"t": "tech"}, {}, True),  # people say otherwise than the LLM
        ({"t": None}, {}, True),  # the LLM named none
        ({"t": "sport"}, {"t": "tech"}, True),  # LLM and student differed
        ({"t": "sport"}, {"t": "sport"}, False),
        ({"t": "sport"}, {}, False),
        ({}, {"t": "tech"}, False),  # nobody asked the LLM
    ],
)
def test_what_people_decided_between_llm_and_student_is_a_resolved_disagreement(
    teacher: dict[str, str | None], student: dict[str, str], is_resolved: bool
) -> None:
    assert ("t" in resolved_disagreements({"t": "sport"}, teacher, student)) is is_resolved
