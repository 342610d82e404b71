from __future__ import annotations

from dataclasses import replace

import pytest

from mraru.errors import LabelConfigError
from mraru.labelstudio.formats.prediction_json import (
    former_label_of_result,
    is_of_our_making,
    label_of_result,
    read_prediction,
    to_import,
    to_result,
)
from mraru.records import Prediction
from mraru.schema_records import Choice, LabelSchema

SCHEMA = LabelSchema(
    from_name="label",
    to_name="text",
    text_field="text",
    choices=(Choice(value="Sports", alias="sp"), Choice(value="World")),
)


def region(*choices: object, from_name: str = "label") -> dict[str, object]:
    return {"from_name": from_name, "to_name": "text", "type": "choices", "value": {"choices": list(choices)}}


def ours(choice: str, *marks: str) -> dict[str, object]:
    return {"mraru": list(marks), **region(choice)}


def test_a_prediction_becomes_an_entry_of_the_bulk_import() -> None:
    prediction = Prediction(task_id=7, label="sp", score=0.25, model_version="v1", marks=("LLM: World",))
    assert to_import(SCHEMA, prediction) == {
        "task": 7,
        "result": [ours("sp", "LLM: World")],
        "score": 0.25,
        "model_version": "v1",
    }


def test_a_note_goes_into_its_text_area_and_nowhere_else() -> None:
    prediction = Prediction(task_id=7, label="sp", score=0.25, model_version="v1", note="LLM: World.")
    with_place = replace(SCHEMA, note_name="mraru")
    assert to_import(with_place, prediction)["result"] == [
        ours("sp"),
        {"from_name": "mraru", "to_name": "text", "type": "textarea", "value": {"text": ["LLM: World."]}},
    ]
    assert to_import(SCHEMA, prediction)["result"] == [ours("sp")]
    assert label_of_result(to_result(with_place, "sp", "World"), with_place) == "sp"


def test_the_shown_value_of_a_choice_with_alias_is_no_label() -> None:
    with pytest.raises(LabelConfigError, match="Sports"):
        to_result(SCHEMA, "Sports")


def test_every_label_survives_the_way_there_and_back() -> None:
    assert [label_of_result(to_result(SCHEMA, label), SCHEMA) for label in SCHEMA.labels] == ["sp", "World"]


@pytest.mark.parametrize(
    "result",
    [
        None,
        [],
        "sp",
        [None],
        [{}],
        [region("Gone from the config")],
        [region("sp", "World")],
        [region("sp"), region("World")],
        [region("sp", from_name="other")],
        [{"from_name": "label", "value": {"choices": "sp"}}],
        [{"from_name": "label", "value": {"text": ["sp"]}}],
    ],
)
def test_a_result_without_exactly_one_choice_of_ours_has_no_label(result: object) -> None:
    assert label_of_result(result, SCHEMA) is None


@pytest.mark.parametrize(
    ("result", "choice"),
    [
        ([region("World")], "World"),
        ([region("Gone from the config")], "Gone from the config"),
        ([region("sp", "Gone from the config")], "sp"),
        ([region("Gone", "Gone as well")], "Gone | Gone as well"),
        ([region("sp", "World")], "World | sp"),  # of a time when several could be chosen
        ([region("Gone", from_name="other")], None),
        ([], None),
    ],
)
def test_a_choice_that_the_config_has_no_more_is_read_as_well(result: object, choice: str | None) -> None:
    assert former_label_of_result(result, SCHEMA) == choice


def test_results_of_other_controls_do_not_disturb_the_label() -> None:
    note = {"from_name": "note", "to_name": "text", "type": "textarea", "value": {"text": ["sure"]}}
    assert label_of_result([note, region("World")], SCHEMA) == "World"


def test_marks_stand_beside_the_choice_and_change_no_label() -> None:
    prediction = Prediction(task_id=7, label="sp", score=0.25, model_version="v1", marks=("v1:disagreement",))
    (marked,) = to_import(SCHEMA, prediction)["result"]  # type: ignore[misc]
    (plain,) = to_import(SCHEMA, replace(prediction, marks=()))["result"]  # type: ignore[misc]
    assert marked == {**plain, "mraru": ["v1:disagreement"]}
    assert label_of_result([marked], SCHEMA) == "sp"


def test_a_prediction_is_read_as_it_was_written() -> None:
    with_place = replace(SCHEMA, note_name="mraru")
    sent = Prediction(task_id=7, label="sp", score=0.25, model_version="v1", note="One.\nTwo.", marks=("a", "b"))
    raw = {"id": 3, **to_import(with_place, sent)}
    read = read_prediction(raw, with_place)
    assert (read.prediction_id, read.task_id, read.label, read.score) == (3, 7, "sp", 0.25)
    assert (read.model_version, read.note, read.marks) == ("v1", sent.note, sent.marks)


def test_what_others_made_is_read_without_a_fault() -> None:
    read = read_prediction({"id": 3, "task": 7, "result": [{"mraru": 5}, None, {}], "score": None}, SCHEMA)
    assert (read.label, read.score, read.model_version, read.marks) == (None, None, "", ())
    assert is_of_our_making([{"mraru": 5}])
    assert not is_of_our_making([region("sp")])
