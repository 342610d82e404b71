from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.answer_kinds import KINDS, NESTED, choices, config_of, rating, taxonomy
from mraru.answers import NO_LABELS, join_labels
from mraru.errors import LabelConfigError
from mraru.labelstudio.formats.prediction_json import label_of_result, to_result
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.schema_records import AnswerKind, Choice


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_question_has_the_labels_that_label_studio_stores(name: str) -> None:
    config, labels = KINDS[name]
    assert parse_label_config(config).labels == labels


def test_choices_within_others_are_no_labels_since_the_editor_does_not_show_them() -> None:
    schema = parse_label_config(choices(NESTED))
    assert schema.choices == (Choice(value="Animal", alias="an"), Choice(value="Plant"))


def test_a_path_is_shown_by_names_and_stored_by_aliases() -> None:
    schema = parse_label_config(taxonomy())
    assert schema.kind is AnswerKind.TAXONOMY
    assert schema.choices[1] == Choice(
        value="Animal / Dog", alias="an / d", path=("an", "d"), name="Dog", words="Animal: Dog"
    )
    assert schema.choices[-1] == Choice(value="Plant", path=("Plant",), name="Plant", words="Plant")


def test_a_rating_is_described_in_words() -> None:
    schema = parse_label_config(rating())
    assert schema.kind is AnswerKind.RATING
    assert schema.choices[3] == Choice(value="4", words="a rating of 4 out of 5 stars")


def test_a_taxonomy_and_a_rating_beside_a_choice_are_asked_with_it() -> None:
    single = '<Choices name="one" toName="text"><Choice value="A"/><Choice value="B"/></Choices>'
    tree = f'<Taxonomy name="two" toName="text" maxUsages="1">{NESTED}</Taxonomy>'
    stars = '<Rating name="three" toName="text"/>'
    schema = parse_label_config(config_of(stars + single + tree))
    assert [(question.from_name, question.kind) for question in schema.questions] == [
        ("three", AnswerKind.RATING),
        ("one", AnswerKind.CHOICES),
        ("two", AnswerKind.TAXONOMY),
    ]
    assert schema.labels[-1] == "two: Plant"


def test_a_taxonomy_takes_as_many_paths_as_it_says() -> None:
    two = parse_label_config(config_of(f'<Taxonomy name="c" toName="text" maxUsages="2">{NESTED}</Taxonomy>'))
    assert (two.is_multiple, two.most) == (True, 2)
    assert [two.is_answer(join_labels(two.labels[:n_paths])) for n_paths in (0, 1, 2, 3)] == [True, True, True, False]


def test_a_taxonomy_takes_any_number_of_paths_unless_it_says_one() -> None:
    several = parse_label_config(config_of(f'<Taxonomy name="c" toName="text">{NESTED}</Taxonomy>'))
    assert several.is_multiple
    assert not parse_label_config(
        config_of(f'<Taxonomy name="c" toName="text" maxUsages="1">{NESTED}</Taxonomy>')
    ).is_multiple
    paths = several.labels[:2]
    answer = join_labels(paths)
    result = to_result(several, answer)
    assert result[0]["value"] == {"taxonomy": [list(choice.path) for choice in several.choices[:2]]}
    assert label_of_result(result, several) == answer
    assert label_of_result(to_result(several, NO_LABELS), several) == NO_LABELS


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (choices(NESTED, 'allowNested="true"'), 'write it <Taxonomy maxUsages="1" leafsOnly="true">'),
        (choices("", 'value="$options"'), "its labels must stand in the label config"),
        (
            config_of(f'<Taxonomy name="c" toName="text" maxUsages="some">{NESTED}</Taxonomy>'),
            "a whole number of paths",
        ),
        (config_of(f'<Taxonomy name="c" toName="text" maxUsages="0">{NESTED}</Taxonomy>'), "a whole number of paths"),
        (
            config_of(f'<Taxonomy name="c" toName="text" pathSeparator=" | ">{NESTED}</Taxonomy>'),
            "labels with ' | ' in them",
        ),
        (taxonomy("", 'apiUrl="https://example.com/tree"'), "its labels must stand in the label config"),
        (taxonomy("", 'value="$tree"'), "its labels must stand in the label config"),
        (taxonomy(attributes='labeling="true"'), "parts of the text"),
        (taxonomy(attributes='perRegion="true"'), 'perRegion="true"'),
        (taxonomy(attributes='visibleWhen="choice-selected"'), 'visibleWhen="choice-selected"'),
        (taxonomy(attributes='pathSeparator=""'), 'pathSeparator=""'),
        (taxonomy('<View><Choice value="A"/></View><Choice value="B"/>'), "a <View> within it"),
        (taxonomy('<choice value="A"/><Choice value="B"/>'), "write each of its tags <Choice>"),
        (taxonomy('<Choice value="A"><Choice/></Choice>'), "without a fixed value"),
        (taxonomy('<Choice value="A"><Choice value="B" alias=""/></Choice>'), 'alias=""'),
        (taxonomy('<Choice value="A" alias="x"/><Choice value="A" alias="y"/>'), "A stands there twice"),
        (taxonomy('<Choice value="A" alias="x"/><Choice value="B" alias="x"/>'), "labels that occur twice: x"),
        (taxonomy('<Choice value="A / B"/><Choice value="C"/>'), 'a part of it holds " / "'),
        (taxonomy('<Choice value="A" alias="a / b"/><Choice value="C"/>'), 'a part of it holds " / "'),
        (
            taxonomy('<Choice value="A-"><Choice value="B"/></Choice>', 'pathSeparator="--"'),
            'A---B: a part of it holds "--"',
        ),
        (taxonomy('<Choice value="A"/>'), "two are needed"),
        (taxonomy('<Choice value="A">' * 51 + "</Choice>" * 51), "more than 50 levels"),
        (rating('maxRating="1"'), "no whole number from 2 to 100"),
        (rating('maxRating="101"'), "no whole number from 2 to 100"),
        (rating('maxRating="$most"'), "no whole number from 2 to 100"),
        (rating('maxrating="10"'), 'write it maxRating="10"'),
        (rating('perItem="true"'), 'perItem="true"'),
        (config_of('<rating name="label" toName="text"/>'), "write it <Rating>"),
        (config_of('<Ranker name="label" toName="text"/>'), "no choice, taxonomy or rating"),
    ],
)
def test_what_label_studio_would_confuse_or_not_take_is_refused_with_what_to_do(config: str, said: str) -> None:
    with pytest.raises(LabelConfigError) as raised:
        parse_label_config(config)
    assert said in str(raised.value)


_OFTEN = ["value", "value", "alias", "maxUsages", "leafsOnly", "pathSeparator", "maxRating"]
_SELDOM = ["hint", "selected", "choice", "allowNested", "apiUrl", "maxrating", "perRegion", "visibleWhen", "labeling"]
_ATTRIBUTES = st.dictionaries(
    st.sampled_from([*_OFTEN, *_SELDOM, "name", "toName"]),
    st.sampled_from(["", "A", "B", "C", "A / B", "/", " / ", "$a", "1", "2", "10", "true", "false", "single", "text"]),
    max_size=4,
)
_TAGS = st.sampled_from(["View", "Choices", "Taxonomy", "Rating", "Choice", "choice", "Header", "Repeater", "TextArea"])


def _write(tag: str, attributes: dict[str, str], inner: list[str]) -> str:
    written = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return f"<{tag} {written}>{''.join(inner)}</{tag}>"


_TREES = st.recursive(
    st.builds(_write, _TAGS, _ATTRIBUTES, st.just([])),
    lambda children: st.builds(_write, _TAGS, _ATTRIBUTES, st.lists(children, max_size=3)),
    max_leaves=8,
)
_CONTROLS = st.builds(
    lambda tag, attributes, inner: _write(tag, {**attributes, "name": "label", "toName": "text"}, inner),
    st.sampled_from(["Choices", "Taxonomy", "Rating"]),
    _ATTRIBUTES,
    st.lists(_TREES, max_size=4),
)


@given(controls=st.lists(_CONTROLS, min_size=1, max_size=2))
def test_a_label_config_of_any_shape_gives_labels_of_their_own_or_says_why_not(controls: list[str]) -> None:
    try:
        schema = parse_label_config(config_of("".join(controls)))
    except LabelConfigError:
        return
    assert len(set(schema.labels)) == len(schema.labels) >= 2
