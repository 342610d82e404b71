"""What the zero-shot teacher is right on, with an embedder that knows what labels are called."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from mraru.benchmark.core.data_sets import DataSet
from mraru.benchmark.studies.teachers.zero_shot_accuracy import ZeroShotOutcome, measure_zero_shot
from mraru.benchmark.studies.teachers.zero_shot_report import write_zero_shot_report
from mraru.interfaces import Vectors

CLASSES = ("north", "east", "south", "west")


class Compass:
    """Labels lie in their direction; `lost` ones where another label's texts are."""

    name = "compass"

    def __init__(self, lost: dict[str, str] | None = None) -> None:
        self.lost = lost or {}

    def embed(self, texts: Sequence[str]) -> Vectors:
        names = [text.removeprefix("This text is about ").removesuffix(".") for text in texts]
        places = [CLASSES.index(self.lost.get(name, name)) for name in names]
        return np.eye(8, dtype=np.float32)[places]


@pytest.fixture
def data_set() -> DataSet:
    rng = np.random.default_rng(0)
    places = np.arange(400) % 4
    X = (np.eye(8)[places] + 0.15 * rng.normal(size=(400, 8))).astype(np.float32)
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    y = np.array(CLASSES)[places]
    return DataSet(name="winds", X=X[:300], y=y[:300], X_test=X[300:], y_test=y[300:])


def test_names_that_say_where_their_texts_are_make_it_right(data_set: DataSet) -> None:
    found = measure_zero_shot(data_set, Compass(), 2)

    assert found.n_texts == 400
    assert found.right > 0.99
    assert len(found.whole) == 2
    assert not any(part.is_flagged for part in (*found.whole, *found.parts))


def test_the_class_whose_name_misleads_comes_first_with_what_it_is_taken_for(data_set: DataSet) -> None:
    found = measure_zero_shot(data_set, Compass(lost={"east": "west", "west": "east"}), 1)

    assert [measured.label for measured in found.by_class[:2]] == ["east", "west"]
    assert (found.by_class[0].right, found.by_class[0].taken_for) == (0.0, "west")
    assert found.right == pytest.approx(0.5, abs=0.01)


def test_parts_hold_some_classes_with_their_texts_alone(data_set: DataSet) -> None:
    found = measure_zero_shot(data_set, Compass(lost={"east": "north"}), 8)

    assert {part.n_classes for part in found.parts} == {3}
    with_east, without = (
        [part.right for part in found.parts if (part.right < 0.9) is is_low] for is_low in (True, False)
    )
    assert len(with_east) + len(without) == 8
    assert min(without) > 0.99  # as if the class that is lost were none of the project's
    assert 0.4 < min(with_east) <= max(with_east) < 0.7


def test_too_few_texts_have_no_agreement_measured(data_set: DataSet) -> None:
    few = DataSet(
        name="few", X=data_set.X[:100], y=data_set.y[:100], X_test=data_set.X_test[:20], y_test=data_set.y_test[:20]
    )

    found = measure_zero_shot(few, Compass(), 2)

    assert found.whole == found.parts == ()
    assert found.right > 0.99


def test_the_report_shows_the_worst_classes_and_that_no_llm_was_asked(data_set: DataSet, tmp_path: Path) -> None:
    outcome: ZeroShotOutcome = measure_zero_shot(data_set, Compass(lost={"east": "west", "west": "east"}), 2)

    write_zero_shot_report(tmp_path, [outcome], [data_set], "compass", "mraru benchmark zero-shot winds")

    text = (tmp_path / "zero-shot.md").read_text()
    assert "| winds | 4 | 400 |" in text
    assert "| winds | east | 100 | 0.0% | west |" in text
    assert "no LLM" in text
    assert json.loads((tmp_path / "zero-shot.json").read_text())["outcomes"][0]["data_set"] == "winds"
