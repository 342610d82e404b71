"""Several questions of one label config: which are asked, when each is seen, and how an answer to all is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mraru.answers import NO_LABELS
from mraru.errors import LabelConfigError
from mraru.labelstudio.formats.annotation_json import to_annotation
from mraru.labelstudio.formats.prediction_json import label_of_result, to_result
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.questions import combine_answers
from mraru.schema_records import ConfigSelection, LabelSchema

MOOD = '<Choices name="mood" toName="text"><Choice value="Good" alias="g"/><Choice value="Bad"/></Choices>'
TOPICS = (
    '<Choices name="topics" toName="text" choice="multiple"><Choice value="Food"/><Choice value="Service"/></Choices>'
)
WHY = '<Choices name="why" toName="text"><Choice value="Late"/><Choice value="Rude"/></Choices>'
TREE = (
    '<Taxonomy name="tree" toName="text" maxUsages="1">'
    '<Choice value="Pet"><Choice value="Dog" alias="d"/></Choice><Choice value="Plant"/></Taxonomy>'
)
STARS = '<Rating name="stars" toName="text" maxRating="3"/>'


def parse(controls: str, only: str | None = None) -> LabelSchema:
    return parse_label_config(f'<View><Text name="text" value="$t"/>{controls}</View>', ConfigSelection(only=only))


def seen(when: str, what: str = WHY) -> str:
    return f"<View {when}>{what}</View>"


def after_mood(value: str = "Bad", kind: str = "choice-selected") -> str:
    return f'visibleWhen="{kind}" whenTagName="mood" whenChoiceValue="{value}"'


ALL = parse(MOOD + TOPICS + seen(after_mood()) + TREE + STARS)


def said(**parts: str) -> str:
    return ALL.join_parts({"topics": NO_LABELS, "tree": "Plant", "stars": "3", **parts})


def test_an_answer_names_each_label_with_its_question() -> None:
    answer = said(mood="Bad", topics="Food | Service", why="Late", tree="Pet / d", stars="2")
    assert answer == "mood: Bad | stars: 2 | topics: Food | topics: Service | tree: Pet / d | why: Late"
    assert ALL.is_answer(answer)
    assert ALL.name_of(answer).count("Pet / Dog") == 1
    assert ALL.parts_of(answer) == {
        "mood": "Bad",
        "topics": "Food | Service",
        "why": "Late",
        "tree": "Pet / d",
        "stars": "2",
    }


def test_what_is_said_of_a_question_that_is_not_seen_does_not_count() -> None:
    answer = said(mood="g", why="Late")
    assert "why" not in answer
    assert ALL.is_answer(answer)
    assert not ALL.is_answer(answer + " | why: Late")


@pytest.mark.parametrize(
    "answer",
    [
        "mood: Bad | stars: 3 | tree: Plant",  # why is seen, and open
        "mood: g | stars: 3",
        "mood: g | stars: 4 | topics: (no label) | tree: Plant",
        "mood: g | stars: 3 | tree: Plant",  # nobody said that there are no topics
        "mood: g | stars: 3 | topics: (no label) | topics: Food | tree: Plant",
        "mood: Bad | mood: g | stars: 3 | tree: Plant | why: Late",
        "mood: g | other: x | stars: 3 | tree: Plant",
        "tree: Plant | mood: g | stars: 3",  # not as it is written
        "g",
        "(no label)",
    ],
)
def test_half_an_answer_or_a_wrong_one_is_none(answer: str) -> None:
    assert not ALL.is_answer(answer)


def test_an_answer_that_leaves_a_question_open_is_a_part() -> None:
    assert ALL.is_part("mood: Bad")
    assert not any(ALL.is_part(answer) for answer in (said(mood="g"), "mood: fine", "g", NO_LABELS))


def test_a_prediction_has_a_region_for_each_question_that_is_seen() -> None:
    answer = said(mood="Bad", topics="Service | Food", why="Rude", tree="Pet / d")
    result = to_result(ALL, answer, marks=("m",))
    assert [(region["from_name"], region["type"], region["value"]) for region in result] == [
        ("mood", "choices", {"choices": ["Bad"]}),
        ("topics", "choices", {"choices": ["Food", "Service"]}),
        ("why", "choices", {"choices": ["Rude"]}),
        ("tree", "taxonomy", {"taxonomy": [["Pet", "d"]]}),
        ("stars", "rating", {"rating": 3}),
    ]
    assert [region.get("mraru") for region in result] == [["m"], None, None, None, None]
    assert label_of_result(result, ALL) == answer
    hidden = to_result(ALL, said(mood="g"))
    assert [region["from_name"] for region in hidden] == ["mood", "topics", "tree", "stars"]


def test_what_people_submit_is_read_with_what_they_left_empty_and_without_what_they_did_not_see() -> None:
    result = [
        {"from_name": "mood", "type": "choices", "value": {"choices": ["g"]}},
        {"from_name": "why", "type": "choices", "value": {"choices": ["Late"]}},
        {"from_name": "stars", "type": "rating", "value": {"rating": 1}},
        {"from_name": "tree", "type": "taxonomy", "value": {"taxonomy": [["Plant"]]}},
    ]
    raw: dict[str, object] = {"id": 1, "task": 2, "result": result, "lead_time": 1.0}
    read = to_annotation(raw, ALL)
    assert read.label == "mood: g | stars: 1 | topics: (no label) | tree: Plant"
    assert ALL.is_answer(read.label)
    assert ALL.parts_of(read.label)["topics"] == NO_LABELS
    left_open = to_annotation({**raw, "result": result[:1]}, ALL)
    assert left_open.label == "mood: g | topics: (no label)"
    assert not ALL.is_answer(left_open.label)


@pytest.mark.parametrize(
    ("when", "seen_with", "hidden_with"),
    [
        (after_mood(), "Bad", "g"),
        (after_mood("Good"), "g", "Bad"),  # the value of a label with an alias
        (after_mood("Bad", "choice-unselected"), "g", "Bad"),
        (after_mood("Other,Bad"), "Bad", "g"),
        ('whenChoiceValue="Bad"', "Bad", "g"),
    ],
)
def test_a_follow_up_is_asked_where_the_editor_shows_it(when: str, seen_with: str, hidden_with: str) -> None:
    for controls in (MOOD + seen(when), MOOD + WHY.replace("<Choices ", f"<Choices {when} "), seen(when) + MOOD):
        schema = parse(controls)
        assert schema.is_answer(schema.join_parts({"mood": seen_with, "why": "Late"}))
        assert schema.join_parts({"mood": seen_with, "why": "Late"}) == f"mood: {seen_with} | why: Late"
        assert schema.join_parts({"mood": hidden_with, "why": "Late"}) == f"mood: {hidden_with}"


def test_conditions_of_all_views_around_must_hold() -> None:
    schema = parse(MOOD + TOPICS + seen(after_mood(), seen('visibleWhen="choice-selected" whenTagName="topics"')))
    assert schema.join_parts({"mood": "Bad", "topics": "Food", "why": "Late"}).endswith("why: Late")
    assert "why" not in schema.join_parts({"mood": "Bad", "topics": NO_LABELS, "why": "Late"})
    assert schema.is_answer("mood: Bad | topics: (no label)")
    assert "why" not in schema.join_parts({"mood": "g", "topics": "Food", "why": "Late"})


def test_a_follow_up_of_one_that_is_not_seen_is_not_seen() -> None:
    last = '<Choices name="last" toName="text" visibleWhen="choice-selected" whenTagName="why"><Choice value="A"/>'
    schema = parse(MOOD + seen(after_mood()) + last + '<Choice value="B"/></Choices>')
    assert schema.join_parts({"mood": "g", "why": "Late", "last": "A"}) == "mood: g"
    assert schema.join_parts({"mood": "Bad", "why": "Late", "last": "A"}) == "last: A | mood: Bad | why: Late"


def test_a_node_of_a_taxonomy_shows_a_follow_up_wherever_it_stands() -> None:
    schema = parse(TREE + seen('visibleWhen="choice-selected" whenTagName="tree" whenChoiceValue="Dog"'))
    assert schema.join_parts({"tree": "Pet / d", "why": "Late"}) == "tree: Pet / d | why: Late"
    assert schema.join_parts({"tree": "Pet", "why": "Late"}) == "tree: Pet"


@pytest.mark.parametrize("when", ['visibleWhen="no-region-selected"', 'visibleWhen="whenever"'])
def test_a_condition_that_always_holds_is_none(when: str) -> None:
    assert parse(MOOD + seen(when)).questions[1].conditions == ()


def test_a_rating_is_shown_whatever_its_own_condition_says_but_not_in_a_hidden_view() -> None:
    assert parse(MOOD + STARS.replace("<Rating", f"<Rating {after_mood()}")).questions[1].conditions == ()
    assert parse(MOOD + seen(after_mood(), STARS)).questions[1].conditions != ()


@pytest.mark.parametrize(
    ("controls", "reason"),
    [
        (MOOD + seen('visibleWhen="region-selected"'), "depends on regions of the text"),
        (MOOD + seen(after_mood().replace("mood", "other")), 'looks at "other", which is no <Choices> or <Taxonomy>'),
        (STARS + seen('visibleWhen="choice-selected" whenTagName="stars"'), 'looks at "stars"'),
        (STARS + seen('visibleWhen="choice-selected"'), "no other is answered here"),
        (MOOD + WHY.replace("<Choices ", '<Choices visibleWhen="choice-selected" whenTagName="why" '), 'at "why"'),
    ],
)
def test_a_question_that_cannot_be_told_when_it_is_seen_is_left_out_alone(controls: str, reason: str) -> None:
    assert parse(controls).from_name in ("mood", "stars")
    with pytest.raises(LabelConfigError, match=rf"These cannot be answered together: .*--only NAME.*{reason}"):
        parse(controls, only="why,mood" if "mood" in parse(controls).from_name else "why,stars")


def test_a_question_that_nobody_ever_sees_is_left_out_and_said() -> None:
    schema = parse(MOOD + seen(after_mood("Badd")) + STARS)
    assert [question.from_name for question in schema.questions] == ["mood", "stars"]
    assert schema.left_out == ('why (nobody ever sees it: whenChoiceValue="Badd" names no label of "mood")',)
    always = parse(MOOD + seen(after_mood("Badd", "choice-unselected")))
    assert always.questions[1].conditions == ()


def test_what_cannot_be_asked_beside_others_is_said() -> None:
    piped = WHY.replace("Late", "Late | Never")
    assert parse(MOOD + piped + STARS).left_out[0].startswith("why (labels with ' | ' in them")
    assert parse(MOOD + piped + STARS, only="mood,stars").left_out == ()
    assert parse(MOOD + '<TextArea name="note" toName="text"/>').left_out == ()


def test_questions_that_look_at_each_other_are_left_out() -> None:
    circle = MOOD.replace("<Choices ", '<Choices visibleWhen="choice-selected" whenTagName="why" ') + WHY.replace(
        "<Choices ", '<Choices visibleWhen="choice-selected" whenTagName="mood" '
    )
    assert parse(circle + STARS).from_name == "stars"
    with pytest.raises(LabelConfigError, match="when it is seen depends on itself"):
        parse(circle)


def test_labels_that_could_not_be_told_apart_are_refused_with_the_reason() -> None:
    with pytest.raises(LabelConfigError, match="begins with that of another control"):
        parse(MOOD + MOOD.replace('"mood"', '"mood: a"'), only="mood,mood: a")
    with pytest.raises(LabelConfigError, match=r"labels with ' \| ' in them"):
        parse(MOOD + WHY.replace("Late", "Late | Never"), only="mood,why")


def test_every_answer_that_can_be_put_together_is_one_and_is_read_back() -> None:
    every = combine_answers(
        ALL,
        {
            "mood": ["g", "Bad"],
            "topics": [NO_LABELS, "Food", "Food | Service"],
            "why": ["Late", "Rude"],
            "tree": ["Pet", "Plant"],
            "stars": ["1", "3"],
        },
        most=36,  # a question that is not seen makes no answer twice
    )
    assert every is not None
    assert len(every) == len(set(every)) == (1 + 2) * 3 * 2 * 2
    for answer in every:
        assert ALL.is_answer(answer)
        assert ALL.join_parts(ALL.parts_of(answer)) == answer
        assert label_of_result(to_result(ALL, answer), ALL) == answer
    assert combine_answers(ALL, {"mood": ["g"], "topics": [NO_LABELS], "tree": ["Pet"], "stars": ["1", "2"]}, 1) is None


PARTS = st.fixed_dictionaries(
    {
        "mood": st.sampled_from(["g", "Bad", "Gone"]),
        "topics": st.sampled_from([NO_LABELS, "Food", "Food | Service", "Gone"]),
        "why": st.sampled_from(["Late", "Rude", "Gone"]),
        "tree": st.sampled_from(["Pet", "Pet / d", "Gone"]),
        "stars": st.sampled_from(["1", "2", "3", "9"]),
    }
)


@given(PARTS)
def test_an_answer_is_one_where_each_of_its_parts_is(parts: dict[str, str]) -> None:
    answer = ALL.join_parts(parts)
    by_name = {question.from_name: question for question in ALL.questions}
    found = ALL.parts_of(answer)
    assert ALL.is_answer(answer) == all(by_name[name].is_answer(part) for name, part in found.items())
    assert {name: parts[name] for name in found} == found
    assert ("why" in found) == (parts["mood"] == "Bad")
