from __future__ import annotations

import json
from pathlib import Path

import pytest

from mraru.errors import LabelConfigError, LabelStudioError
from mraru.labelstudio.formats.export_file import read_export
from mraru.labelstudio.label_configs.label_config import parse_label_config

SCHEMA = parse_label_config(
    '<View><Text name="t" value="$body"/><Choices name="topic" toName="t">'
    '<Choice value="Sport" alias="s"/><Choice value="Business"/></Choices></View>'
)


def json_task(text: str, label: str, task_id: int = 1, **annotation: object) -> dict[str, object]:
    """A task of the JSON export, with what Label Studio 1.23 writes beside what is read."""
    result = [{"from_name": "topic", "to_name": "t", "type": "choices", "value": {"choices": [label]}, "id": "x1"}]
    made = {"id": 10 * task_id, "result": result, "was_cancelled": False, "lead_time": 4.5, "updated_by": 1}
    made |= {"completed_by": 1, "parent_prediction": None, "updated_at": "2026-11-01T10:00:00Z", "task": task_id}
    return {"id": task_id, "data": {"body": text}, "annotations": [made | annotation], "predictions": []}


def min_entry(text: str, label: object, **entry: object) -> dict[str, object]:
    """An entry of the JSON-MIN export."""
    made = {"body": text, "id": 1, "topic": label, "annotator": 1, "annotation_id": 9, "lead_time": 3.0}
    return made | {"created_at": "2026-11-01T10:00:00Z", "updated_at": "2026-11-01T10:00:00Z"} | entry


def write(folder: Path, content: object) -> Path:
    path = folder / "export.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_json_is_read_with_labels_times_and_who_made_them(tmp_path: Path) -> None:
    made_of_prediction = {"parent_prediction": 5, "lead_time": None, "updated_by": None}
    path = write(tmp_path, [json_task("Goal!", "s"), json_task("Shares", "Business", 2, **made_of_prediction)])

    first, second = read_export(path, SCHEMA).texts

    assert (first.text, first.annotations[0].label, first.annotations[0].lead_time_s) == ("Goal!", "s", 4.5)
    assert first.annotations[0].is_gold
    assert not second.annotations[0].is_gold


def test_json_min_is_read_with_labels_and_times(tmp_path: Path) -> None:
    path = write(tmp_path, [min_entry("Goal!", "s"), min_entry("Both", {"choices": ["s", "Business"]})])

    first, second = read_export(path, SCHEMA).texts

    assert (first.text, first.annotations[0].label, first.annotations[0].lead_time_s) == ("Goal!", "s", 3.0)
    assert first.annotations[0].is_gold
    assert second.annotations[0].label is None


@pytest.mark.parametrize("make", [json_task, min_entry])
def test_without_a_label_config_the_export_itself_says_what_is_meant(tmp_path: Path, make: object) -> None:
    assert callable(make)
    path = write(tmp_path, [make("Goal!", "s"), make("Match", "s"), make("Shares", "Business")])

    exported = read_export(path)

    assert exported.schema.labels == ("Business", "s")
    assert [(found.text, found.annotations[0].label) for found in exported.texts] == [
        ("Goal!", "s"),
        ("Match", "s"),
        ("Shares", "Business"),
    ]


def test_two_texts_in_a_task_leave_open_which_is_meant(tmp_path: Path) -> None:
    task = json_task("Goal!", "s") | {"data": {"body": "Goal!", "title": "Match"}}
    entry = min_entry("Goal!", "s", title="Match")

    for content in ([task], [entry]):
        path = write(tmp_path, content)
        with pytest.raises(LabelConfigError, match="--label-config"):
            read_export(path)
        assert read_export(path, SCHEMA).texts[0].text == "Goal!"


def test_a_task_without_annotations_has_none(tmp_path: Path) -> None:
    bare = json_task("Draw", "s", 2) | {"annotations": []}

    exported = read_export(write(tmp_path, [json_task("Goal!", "s"), bare]))

    assert exported.texts[1].annotations == ()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id,text\n1,a\n", "cannot be read as JSON"),
        ({"images": [], "annotations": []}, "no list of tasks"),
        ([], "no list of tasks"),
        ([["Goal!", "s"]], "no list of tasks"),
        ([{"text": "Goal!", "label": "s"}], "holds no annotations"),
        ([{"id": 1, "annotations": []}], "without data or annotations"),
        ([json_task("Goal!", "s", id=None)], "cannot be read"),
    ],
)
def test_another_kind_of_file_is_refused_and_the_right_one_named(tmp_path: Path, content: object, message: str) -> None:
    with pytest.raises(LabelStudioError, match=message) as caught:
        read_export(write(tmp_path, content), SCHEMA)

    assert "JSON or JSON-MIN" in str(caught.value)


def test_an_export_of_texts_in_files_is_refused_since_it_holds_none(tmp_path: Path) -> None:
    in_files = parse_label_config(
        '<View><Text name="text" value="$text" valueType="url"/><Choices name="label" toName="text">'
        '<Choice value="A"/><Choice value="B"/></Choices></View>'
    )
    with pytest.raises(LabelStudioError, match="has their addresses alone"):
        read_export(write(tmp_path, [json_task("/data/upload/1/a.txt", "A")]), in_files)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabelStudioError, match="There is no file"):
        read_export(tmp_path / "none.json")


# As Label Studio 1.23.2 writes them.
@pytest.mark.parametrize(
    ("value", "label", "labels"),
    [
        ({"taxonomy": [["Animal", "Dog"]]}, "Animal / Dog", ("Animal / Dog", "Plant")),
        ({"rating": 4}, "4", ("1", "2", "3", "4", "5")),
        ({"rating": 7}, "7", ("1", "2", "3", "4", "5", "6", "7")),
    ],
)
def test_paths_and_ratings_are_read_from_both_formats(
    tmp_path: Path, value: dict[str, object], label: str, labels: tuple[str, ...]
) -> None:
    (kind,) = value
    listed: list[dict[str, object]] = [value, {"taxonomy": [["Plant"]]} if kind == "taxonomy" else {"rating": 1}]
    whole = []
    for number, one in enumerate(listed):
        task = json_task(f"Text {number}", "", number)
        region = {"from_name": "topic", "to_name": "t", "type": kind, "value": one, "origin": "prediction"}
        whole.append(json_task(f"Text {number}", "", number, result=[region]) | {"data": task["data"]})
    for content in (whole, [min_entry(f"Text {number}", [one]) for number, one in enumerate(listed)]):
        exported = read_export(write(tmp_path, content))
        assert exported.schema.kind == kind
        assert exported.schema.labels == labels
        assert exported.texts[0].annotations[0].label == label
        (again, _) = read_export(write(tmp_path, content), exported.schema).texts
        assert again.annotations[0].label == label
