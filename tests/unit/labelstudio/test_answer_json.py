from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.answer_kinds import KINDS, rating, taxonomy
from mraru.labelstudio.formats.annotation_json import to_annotation
from mraru.labelstudio.formats.prediction_json import label_of_result, to_result
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.schema_records import AnswerKind, Choice, LabelSchema

TREE, STARS = parse_label_config(taxonomy()), parse_label_config(rating())


@pytest.mark.parametrize("name", KINDS)
def test_every_label_of_every_kind_survives_the_way_there_and_back(name: str) -> None:
    schema = parse_label_config(KINDS[name][0])
    assert [label_of_result(to_result(schema, label), schema) for label in schema.labels] == list(schema.labels)


def test_results_are_written_as_label_studios_editor_writes_them() -> None:
    (path,), (stars,) = to_result(TREE, "an / d"), to_result(STARS, "4")
    assert (path["type"], path["value"]) == ("taxonomy", {"taxonomy": [["an", "d"]]})
    assert (stars["type"], stars["value"]) == ("rating", {"rating": 4})


_PARTS = st.text(min_size=1, max_size=4)


@given(paths=st.lists(st.lists(_PARTS, min_size=1, max_size=4), min_size=1, max_size=6), separator=_PARTS)
def test_paths_that_the_separator_takes_apart_are_read_as_they_were_written(
    paths: list[list[str]], separator: str
) -> None:
    kept = [tuple(path) for path in paths if separator.join(path).split(separator) == path]
    choices = tuple(Choice(value=separator.join(path), path=path) for path in dict.fromkeys(kept))
    schema = LabelSchema(
        from_name="c",
        to_name="t",
        text_field="x",
        choices=choices,
        kind=AnswerKind.TAXONOMY,
        path_separator=separator,
    )
    assert [label_of_result(to_result(schema, label), schema) for label in schema.labels] == list(schema.labels)


def region(kind: str, answer: object) -> dict[str, object]:
    return {"from_name": "label", "to_name": "text", "type": kind, "value": {kind: answer}}


@pytest.mark.parametrize(
    "answer",
    [
        [],
        [[]],
        ["Plant"],
        "Plant",
        None,
        [[1]],
        [["Dog"]],
        [["an / d"]],
        [["Plant"], ["an", "d"]],
        [["an"], ["an", "d"]],
    ],
)
def test_no_path_several_paths_and_what_is_no_path_are_no_label(answer: object) -> None:
    assert label_of_result([region("taxonomy", answer)], TREE) is None


@pytest.mark.parametrize("answer", [0, -1, 6, 4.5, "4", True, None, [4], float("inf"), float("nan"), 10**400])
def test_what_is_no_number_of_stars_of_the_project_is_no_label(answer: object) -> None:
    assert label_of_result([region("rating", answer)], STARS) is None


def test_a_rating_that_came_through_an_api_as_a_fraction_of_zero_is_its_whole_number() -> None:
    assert label_of_result([region("rating", 4.0)], STARS) == "4"


def test_a_path_that_the_config_has_no_more_is_kept_as_a_former_label() -> None:
    raw = {"id": 1, "task": 2, "lead_time": 3.0}
    assert to_annotation({**raw, "result": [region("taxonomy", [["an", "Fox"]])]}, TREE).label == "an / Fox"
    assert to_annotation({**raw, "result": [region("rating", 7)]}, STARS).label == "7"
    assert to_annotation({**raw, "result": [region("rating", 0)]}, STARS).label is None
    assert to_annotation({**raw, "result": [region("choices", ["Plant"])]}, TREE).label is None


_LABELS = st.one_of(
    st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=6, unique=True).map(
        lambda labels: (AnswerKind.CHOICES, labels)
    ),
    st.integers(min_value=1, max_value=100).map(
        lambda most: (AnswerKind.RATING, [str(stars) for stars in range(1, most + 1)])
    ),
)


@given(kind_and_labels=_LABELS)
def test_choices_and_ratings_are_read_as_they_were_written(kind_and_labels: tuple[AnswerKind, list[str]]) -> None:
    kind, labels = kind_and_labels
    choices = tuple(Choice(value=label) for label in labels)
    schema = LabelSchema(from_name="c", to_name="t", text_field="x", choices=choices, kind=kind)
    assert [label_of_result(to_result(schema, label), schema) for label in schema.labels] == labels
