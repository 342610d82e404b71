"""Sets of labels as Label Studio writes them: in label configs, results, annotations and exports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mraru.answers import NO_LABELS, find_unusable, join_labels, split_answer
from mraru.errors import LabelConfigError
from mraru.labelstudio.formats.annotation_json import to_annotation
from mraru.labelstudio.formats.export_file import read_export
from mraru.labelstudio.formats.prediction_json import former_label_of_result, label_of_result, to_result
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.schema_records import Choice, LabelSchema

THREE = '<Choice value="Joy" alias="j"/><Choice value="Love"/><Choice value="Fear"/>'


def config(attributes: str = 'choice="multiple"', choices: str = THREE, more: str = "") -> str:
    return (
        f'<View><Text name="t" value="$x"/><Choices name="c" toName="t" {attributes}>{choices}</Choices>{more}</View>'
    )


SCHEMA = parse_label_config(config())


def region(*labels: str, name: str = "c") -> dict[str, Any]:
    return {"from_name": name, "to_name": "t", "type": "choices", "value": {"choices": list(labels)}}


@given(st.lists(st.text(min_size=1, max_size=8), max_size=6))
def test_a_set_is_read_back_whatever_its_labels_are_called(labels: list[str]) -> None:
    usable = sorted(set(labels).difference(find_unusable(labels)))
    assert split_answer(join_labels(usable)) == tuple(usable)


@given(st.sets(st.sampled_from(SCHEMA.labels)))
def test_a_result_holds_the_set_that_it_was_made_of(labels: set[str]) -> None:
    answer = join_labels(labels)
    result = to_result(SCHEMA, answer)
    assert label_of_result(result, SCHEMA) == answer
    value = result[0]["value"]
    assert isinstance(value, dict)
    assert value["choices"] == [label for label in SCHEMA.labels if label in labels]  # in the config's order


def test_multiple_choices_are_understood() -> None:
    assert SCHEMA.is_multiple
    assert not SCHEMA.is_required
    assert SCHEMA.labels == ("j", "Love", "Fear")
    assert parse_label_config(config('choice="multiple" required="true"')).is_required


@pytest.mark.parametrize("label", ["A | B", "(no label)", "A |", "| B", "|"])
def test_labels_that_no_set_could_be_read_with_are_refused(label: str) -> None:
    choices = f'<Choice value="A"/><Choice value="{label}"/>'
    with pytest.raises(LabelConfigError, match=r"labels with .* in them"):
        parse_label_config(config(choices=choices))
    assert parse_label_config(config('choice="single"', choices)).labels == ("A", label)


def test_a_set_with_a_label_of_another_name_is_none_of_ours_but_is_told() -> None:
    result = [region("Love", "Hate")]
    assert label_of_result(result, SCHEMA) is None
    assert former_label_of_result(result, SCHEMA) == "Hate | Love"
    with pytest.raises(LabelConfigError):
        to_result(SCHEMA, "Hate | Love")


def read(result: list[dict[str, Any]], schema: LabelSchema = SCHEMA, **fields: Any) -> str | None:
    raw = {"id": 1, "task": 2, "lead_time": 3.0, "result": result, **fields}
    return to_annotation(raw, schema).label


def test_what_a_person_submits_without_a_label_is_the_empty_set() -> None:
    assert read([]) == NO_LABELS
    assert read([region()]) == NO_LABELS
    assert read([region("else", name="other")]) == NO_LABELS
    assert read([], was_cancelled=True) is None
    assert read([], parse_label_config(config('required="true" choice="multiple"'))) is None
    assert read([], parse_label_config(config('choice="single"'))) is None


def test_labels_of_several_regions_are_one_set() -> None:
    assert read([region("Love"), region("j")]) == "Love | j"
    single = LabelSchema(from_name="c", to_name="t", text_field="x", choices=(Choice(value="A"), Choice(value="B")))
    assert read([region("A", "B")], single) == "A | B"  # which is set aside, and not taken for nothing


def test_an_export_tells_that_several_may_be_chosen(tmp_path: Path) -> None:
    rows = [
        {"id": 1, "x": "one", "c": {"choices": ["Love", "Fear"]}, "annotator": 1, "annotation_id": 1},
        {"id": 2, "x": "two", "c": "Love", "annotator": 1, "annotation_id": 2},
        {"id": 3, "x": "three", "annotator": 1, "annotation_id": 3},
    ]
    path = tmp_path / "min.json"
    path.write_text(json.dumps(rows))
    exported = read_export(path)
    assert exported.schema.is_multiple
    assert [text.annotations[0].label for text in exported.texts] == ["Fear | Love", "Love", NO_LABELS]
    tasks = [
        {"id": 1, "data": {"x": "one"}, "annotations": [{"id": 1, "lead_time": 1.0, "result": [region("Love", "j")]}]},
        {"id": 2, "data": {"x": "two"}, "annotations": [{"id": 2, "lead_time": 1.0, "result": []}]},
    ]
    path.write_text(json.dumps(tasks))
    whole = read_export(path)
    assert whole.schema.is_multiple
    assert [text.annotations[0].label for text in whole.texts] == ["Love | j", NO_LABELS]
