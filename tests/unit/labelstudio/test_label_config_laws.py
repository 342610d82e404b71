"""Whatever stands in a label config and in a task: nothing but a refusal or a text comes of it."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mraru.errors import LabelConfigError
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.labelstudio.texts.task_text import read_task
from mraru.schema_records import ConfigSelection, TextTag

any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "0"]), inner, max_size=2),
    max_leaves=8,
)
names = st.sampled_from(["t", "u", "c", "", "d"])
values = st.sampled_from(["$t", "$a.b", "$a[0]", "$undefined$", "", "$", "plain", "$t and $u", "$ü", "${a}", "$a..b"])
tag_names = st.sampled_from(
    [
        *TextTag,
        "Image",
        "Labels",
        "Choices",
        "Choice",
        "View",
        "Header",
        "TextArea",
        "Repeater",
        "text",
        "Taxonomy",
        "Ranker",
    ]
)
attributes = st.fixed_dictionaries(
    {},
    optional={
        "name": names,
        "toName": names,
        "value": values,
        "valueType": st.sampled_from(["url", "text", "json", "csv", ""]),
        "resolver": st.sampled_from(["csv", ""]),
        "encoding": st.sampled_from(["none", "base64", ""]),
        "nameKey": names,
        "textKey": names,
        "choice": st.sampled_from(["single", "multiple", "single-radio"]),
        "visibleWhen": st.sampled_from(["choice-selected", ""]),
        "alias": names,
        "selected": st.sampled_from(["true", "$x"]),
    },
)
any_tag = st.recursive(
    st.tuples(tag_names, attributes, st.just(())),
    lambda inner: st.tuples(tag_names, attributes, st.lists(inner, max_size=4)),
    max_leaves=10,
)


def write(tag: Any) -> str:
    name, attributes, children = tag
    written = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f"<{name}{written}>{''.join(map(write, children))}</{name}>"


@given(
    st.lists(any_tag, max_size=6).map(lambda tags: f"<View>{''.join(map(write, tags))}</View>") | st.text(max_size=40),
    st.builds(ConfigSelection, only=st.none() | names, texts=st.lists(names, max_size=3).map(tuple)),
    st.dictionaries(st.sampled_from(["t", "a", "$undefined$", "u"]), any_json, max_size=4),
)
def test_whatever_the_label_config_is_it_is_read_or_refused(
    xml: str, selection: ConfigSelection, task_data: dict[str, object]
) -> None:
    try:
        schema = parse_label_config(xml, selection)
    except LabelConfigError:
        return
    task = read_task(7, task_data, schema)
    assert bool(task.text.strip()) == (task.fault is None)
