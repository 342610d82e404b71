from __future__ import annotations

import re

import pytest

from mraru.errors import LabelConfigError
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.labelstudio.texts.task_text import read_text
from mraru.schema_records import Choice, TextSource, TextTag

TWO = '<Choice value="A"/><Choice value="B"/>'


def config(
    choices: str = f'<Choices name="label" toName="text">{TWO}</Choices>',
    text: str = '<Text name="text" value="$body"/>',
) -> str:
    return f"<View>{text}{choices}</View>"


def test_labels_come_in_the_order_of_the_config_with_alias_and_hint() -> None:
    schema = parse_label_config(
        config(
            '<Choices name="topic" toName="text" choice="single-radio" showInLine="true">'
            '<Choice value="World news" alias="world"/><Choice value="Sports" hint="Games, not business"/>'
            '<View><Choice value="Art &amp; film"/></View></Choices>'
        )
    )
    assert schema.choices == (
        Choice(value="World news", alias="world"),
        Choice(value="Sports", hint="Games, not business"),
        Choice(value="Art & film"),
    )
    assert schema.labels == ("world", "Sports", "Art & film")
    assert (schema.from_name, schema.to_name, schema.text_field) == ("topic", "text", "body")
    assert [source.tag for source in schema.texts] == [TextTag.TEXT]


def test_other_controls_may_stand_beside_the_choice() -> None:
    schema = parse_label_config(
        config(
            f'<Choices name="label" toName="text">{TWO}</Choices>'
            f'<Choices name="tags" toName="text" choice="multiple">{TWO}</Choices>'
            f'<Choices name="why" toName="text" visibleWhen="choice-selected">{TWO}</Choices>'
            '<TextArea name="note" toName="text"/><Rating name="stars" toName="text"/>'
        )
    )
    assert [question.from_name for question in schema.questions] == ["label", "tags", "why", "stars"]
    assert schema.note_name is None  # the team's text area is not ours to fill


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ('<TextArea name="mraru" toName="text"/>', "mraru"),
        ('<View visibleWhen="choice-selected"><TextArea name="mraru" toName="text" editable="false"/></View>', "mraru"),
        ('<TextArea name="mraru" toName="other"/>', None),
        ('<Rating name="mraru" toName="text"/>', None),
    ],
)
def test_a_text_area_of_our_name_is_where_notes_are_shown(tag: str, expected: str | None) -> None:
    choices = f'<Choices name="label" toName="text">{TWO}</Choices>{tag}<Text name="other" value="$other"/>'
    assert parse_label_config(config(choices)).note_name == expected


@pytest.mark.parametrize(
    ("xml", "said"),
    [
        ("<View>", "not XML"),
        ("", "not XML"),
        ("<View/>", "Found: no control tag"),
        (config(f'<Choices name="c" toName="text" choice="all">{TWO}</Choices>'), 'choice="all"'),
        (
            config(f'<Choices name="c" toName="text" visibleWhen="region-selected">{TWO}</Choices>'),
            'visibleWhen="region-selected", which depends on regions',
        ),
        (
            config(f'<Choices name="c" toName="text" visiblewhen="choice-selected">{TWO}</Choices>'),
            'visibleWhen="choice-selected" looks at other <Choices>',
        ),
        (config(f'<Choices name="c" toName="text" whenChoiceValue="x">{TWO}</Choices>'), 'whenChoiceValue="x"'),
        (
            config(
                '<View visibleWhen="choice-selected" whenTagName="kinds"><View>'
                f'<Choices name="c" toName="text">{TWO}</Choices></View></View>'
            ),
            'visibleWhen="choice-selected" looks at "kinds", which is no <Choices> or <Taxonomy> answered here',
        ),
        (
            config(text='<View visibleWhen="region-selected"><Text name="text" value="$body"/></View>'),
            'its text stands in a <View visibleWhen="region-selected">',
        ),
        (
            config(
                '<Choices name="c" toName="text"><Choice value="A"/><view visibleWhen="x"><Choice value="B"/></view>'
                "</Choices>"
            ),
            'a <Choice> stands in a <view visibleWhen="x">',
        ),
        (
            config(f'<Repeater on="$rows"><Choices name="c" toName="text">{TWO}</Choices></Repeater>'),
            "it stands in a <Repeater>",
        ),
        (
            config('<Choices name="c" toName="text"><Choice value="A" selected="$p0"/><Choice value="B"/></Choices>'),
            'selected="$p0"',
        ),
        (config(f'<choices name="c" toName="text">{TWO}</choices>'), "write it <Choices>"),
        (
            config(
                '<Choices name="c" toName="text"><Choice value="A"/><Choice value="B"/><choice value="C"/></Choices>'
            ),
            "write each of its tags <Choice>",
        ),
        (config('<Choices name="c" toName="text" value="$options"/>'), 'value="$options"'),
        (config(f'<Choices name="c" toName="text" perRegion="true">{TWO}</Choices>'), 'perRegion="true"'),
        (config(f'<Choices name="c" toName="other">{TWO}</Choices>'), 'toName="other" is nothing'),
        (
            f'<View><Image name="i" value="$i"/><Choices name="a" toName="i">{TWO}</Choices>'
            f'<Text name="t" value="$t"/><Choices name="b" toName="t" choice="all">{TWO}</Choices></View>',
            "is <Image>",
        ),
        (config(text='<Text name="text" value="Hello"/>'), "not a $field"),
        (config(text='<Text name="text" value="$..."/>'), "reads $... as a field. All of it must be one"),
        (
            config(text='<Text name="text" value="$text for labeling"/>'),
            "reads $text as a field. All of it must be one",
        ),
        (config(text='<Text name="text" value="$my-text_1"/>'), "reads $my as a field"),
        (config(text='<Text name="text" value="$第一列"/>'), "reads nothing as a field"),
        (config(text='<Text name="text" value="Title: $title"/>'), "reads $title as a field"),
        (config(text='<Text name="text" value="$body">Another text</Text>'), "holds a text of its own"),
        (config(text='<Text name="text" value="$body" resolver="csv"/>'), "import the texts themselves"),
        (
            config(
                '<Ranker name="r" toName="text"/><Choices name="c" toName="text"><Choice value="A"/></Choices>',
                text='<List name="text" value="$body" valueType="url"/>',
            ),
            "the editor fetches nothing for that tag",
        ),
        (config(text='<List name="text" value="$items"/>'), 'Add <Ranker name="rank" toName="text"/> beside it'),
        (config(text='<Table name="text" value="$body" valueType="csv|url"/>'), 'has valueType="csv|url"'),
        (config(text='<Text name="text" value="$body" encoding="base64"/>'), 'has encoding="base64": import'),
        (
            config('<Choices name="c" toName="text"><Choice value="A"><Choice value="B"/></Choice></Choices>'),
            "two are needed",
        ),
        (config('<Choices name="c" toName="text"><Choice value="A"/></Choices>'), "two are needed"),
        (config('<Choices name="c" toName="text"><Choice value="A"/><Choice value="A"/></Choices>'), "twice: A"),
        (
            config('<Choices name="c" toName="text"><Choice value="A"/><Choice value="B" alias="A"/></Choices>'),
            "twice: A",
        ),
        (
            config('<Choices name="c" toName="text"><Choice value="A" alias=""/><Choice value="B"/></Choices>'),
            'alias=""',
        ),
        (config('<Choices name="c" toName="text"><Choice/><Choice value="B"/></Choices>'), "fixed value"),
        (
            config(
                '<Labels name="l" toName="text"><Label value="A"/></Labels><TextArea name="area" toName="text"/>',
            ),
            '<Labels name="l"> (no choice, taxonomy or rating)',
        ),
    ],
)
def test_what_cannot_be_used_is_named_beside_what_is_supported(xml: str, said: str) -> None:
    with pytest.raises(LabelConfigError) as raised:
        parse_label_config(xml)
    assert said in str(raised.value)
    assert "Supported are <Choices>, <Taxonomy> and <Rating> whose toName is" in str(raised.value)


def test_a_config_that_declares_entities_is_refused_before_it_is_parsed() -> None:
    bomb = '<!DOCTYPE v [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + config()
    with pytest.raises(LabelConfigError, match="document type"):
        parse_label_config(bomb)


def test_choices_that_are_always_selected_or_never_are_taken() -> None:
    tags = '<Choice value="A" selected="true"/><Choice value="B" selected="false"/>'
    assert parse_label_config(config(f'<Choices name="c" toName="text">{tags}</Choices>')).labels == ("A", "B")


@pytest.mark.parametrize("path", ["ticket.body", "turns[0].text", "ticket_1", "a.b[2].c"])
def test_a_field_may_be_a_path(path: str) -> None:
    assert parse_label_config(config(text=f'<Text name="text" value="${path}"/>')).text_field == path


def test_text_is_read_as_it_is_and_html_without_its_tags() -> None:
    plain = parse_label_config(config())
    html = parse_label_config(config(text='<HyperText name="text" value="$body"/>'))
    raw = "<h1>Title</h1><p>a <b>bold</b>   word &lt;3</p><style>p {}</style><ul><li>one</li><li>two</li></ul>"
    assert read_text({"body": raw}, plain) == raw
    assert [source.tag for source in html.texts] == [TextTag.HYPERTEXT]
    assert read_text({"body": raw}, html) == "Title\na bold word <3\none\ntwo"


@pytest.mark.parametrize(
    "text",
    [
        '<Text name="text" value="$body" valueType="url"/>',
        '<HyperText name="text" value="$body" valuetype="url"/>',
        '<Paragraphs name="text" value="$body" valueType="url"/>',
        '<Table name="text" value="$body" valueType="url"/>',
    ],
)
def test_a_field_may_hold_the_address_of_a_file(text: str) -> None:
    schema = parse_label_config(config(text=text))
    assert (schema.has_addresses, schema.own_text.is_address) == (True, True)
    assert not parse_label_config(config(text=re.sub(' value[Tt]ype="url"', "", text))).has_addresses


@pytest.mark.parametrize("task_data", [{}, {"body": None}, {"body": {"a": 3}}, {"other": "x"}])
def test_a_missing_text_reads_as_empty(task_data: dict[str, object]) -> None:
    assert read_text(task_data, parse_label_config(config())) == ""


@pytest.mark.parametrize(
    ("xml", "asked"),
    [
        (config(text='<Image name="text" value="$body"/>'), "<Choices> on <Image>"),
        (config(text='<Audio name="text" value="$body"/>'), "<Choices> on <Audio>"),
        (config('<Labels name="l" toName="text"><Label value="A"/></Labels>'), "<Labels> on <Text>"),
        (
            config(
                '<RectangleLabels name="l" toName="text"><Label value="A"/></RectangleLabels>'
                f'<Choices name="c" toName="text">{TWO}</Choices>',
                text='<Image name="text" value="$body"/>',
            ),
            "<RectangleLabels> on <Image>, <Choices> on <Image>",
        ),
    ],
)
def test_what_is_no_labelling_of_texts_is_refused_in_one_sentence(xml: str, asked: str) -> None:
    with pytest.raises(LabelConfigError) as raised:
        parse_label_config(xml)
    assert str(raised.value) == (
        f"The label config asks for {asked}, but this backend labels whole texts: no images, audio or video, and no "
        "regions of a text."
    )


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ('<Paragraphs name="text" value="$chat"/>', TextSource(name="text", field="chat", tag=TextTag.PARAGRAPHS)),
        (
            '<Paragraphs name="text" value="$chat" layout="dialogue" nameKey="who" textkey="said"/>',
            TextSource(name="text", field="chat", tag=TextTag.PARAGRAPHS, name_key="who", text_key="said"),
        ),
        (
            '<List name="text" value="$items" title="Found"/><Ranker name="rank" toName="text"/>',
            TextSource(name="text", field="items", tag=TextTag.LIST),
        ),
        ('<Table name="text" value="$a.b"/>', TextSource(name="text", field="a.b", tag=TextTag.TABLE)),
        ('<Table name="text" value="$a" valueType="json"/>', TextSource(name="text", field="a", tag=TextTag.TABLE)),
    ],
)
def test_a_choice_may_be_about_a_dialogue_a_list_or_a_table(text: str, source: TextSource) -> None:
    assert parse_label_config(config(text=text)).texts == (source,)


# What `extract_data_types` of Label Studio's core/label_config.py names first.
@pytest.mark.parametrize(
    ("before", "field"),
    [
        ("", "body"),
        ('<Header value="$title"/>', "body"),
        ('<Header name="head" value="$title"/>', "title"),
        ('<Header name="head" value="About: $title and $more"/>', "title"),
        ('<Header name="head" value="Read this"/>', "body"),
        ('<Text name="asked" value="$ticket.question"/>', "ticket.question"),
        ('<View value="$view"/>', "body"),
    ],
)
def test_an_uploaded_text_file_stands_in_the_field_of_the_first_tag(before: str, field: str) -> None:
    assert parse_label_config(config(text=f'{before}<Text name="text" value="$body"/>')).upload_field == field
