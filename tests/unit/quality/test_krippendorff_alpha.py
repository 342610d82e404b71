from __future__ import annotations

import numpy as np
import pytest

from mraru.quality.agreement.krippendorff_alpha import count_shared, krippendorff_alpha


def test_the_example_of_krippendorffs_own_paper() -> None:
    """Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section C: four observers, nominal data."""
    observers = {1: "123321412...", 2: "1233224125.3", 3: ".3332342251.", 4: "12332441251."}
    said = {
        person: {f"u{number}": value for number, value in enumerate(values) if value != "."}
        for person, values in observers.items()
    }
    assert krippendorff_alpha(said) == pytest.approx(0.743, abs=5e-4)


def test_a_text_that_one_person_labelled_changes_nothing() -> None:
    said = {1: {"t1": "x", "t2": "y", "t3": "x"}, 2: {"t1": "x", "t2": "y", "t3": "y"}}
    alone = {1: said[1] | {"t4": "z"}, 2: said[2] | {"t5": "z", "t6": "x"}}
    assert krippendorff_alpha(alone) == krippendorff_alpha(said)


def test_people_who_label_at_random_agree_as_chance_has_it() -> None:
    rng = np.random.default_rng(0)
    said = {person: {f"t{n}": str(rng.choice(["x", "y"])) for n in range(500)} for person in (1, 2, 3)}
    assert krippendorff_alpha(said) == pytest.approx(0.0, abs=0.06)


@pytest.mark.parametrize(
    "said",
    [{}, {1: {"t1": "x", "t2": "y"}}, {1: {"t1": "x"}, 2: {"t2": "y"}}, {1: {"t1": "x"}, 2: {"t1": "x"}}],
    ids=["nobody", "one person", "nothing shared", "one label alone"],
)
def test_it_is_not_defined_without_shared_texts_of_several_labels(said: dict[int, dict[str, str]]) -> None:
    assert krippendorff_alpha(said) is None


def test_shared_texts_are_counted_once() -> None:
    assert count_shared({1: {"t1": "x", "t2": "x"}, 2: {"t1": "x"}, 3: {"t1": "y", "t3": "x"}}) == 1
