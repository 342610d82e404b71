"""What people choose of a label config that could be read in several ways."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import mraru
from mraru.errors import LabelConfigError
from mraru.labelstudio.formats.webhook_events import parse_event
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.schema_records import ConfigSelection

TWO = '<Choice value="A"/><Choice value="B"/>'
SEVERAL = f"""<View>
  <Text name="question" value="$asked"/><HyperText name="answer" value="$said"/><Image name="photo" value="$photo"/>
  <Text name="joined" value="$a and $b"/>
  <Choices name="topic" toName="question">{TWO}</Choices><Choices name="tone" toName="answer">{TWO}</Choices>
  <Choices name="many" toName="answer" choice="multiple">{TWO}</Choices>
</View>"""


def fields(*texts: str, only: str = "tone") -> list[str]:
    schema = parse_label_config(SEVERAL, ConfigSelection(only=only, texts=texts))
    return [source.field for source in schema.texts]


@pytest.mark.parametrize(("only", "to_name"), [("topic", "question"), ("tone", "answer"), ("many", "answer")])
def test_of_several_controls_the_chosen_one_is_meant(only: str, to_name: str) -> None:
    schema = parse_label_config(SEVERAL, ConfigSelection(only=only))
    assert (schema.from_name, schema.to_name) == (only, to_name)


def test_without_a_choice_all_that_can_be_answered_are_and_each_text_is_read() -> None:
    schema = parse_label_config(SEVERAL)
    assert [question.from_name for question in schema.questions] == ["topic", "tone", "many"]
    assert [source.name for source in schema.texts] == ["question", "answer"]


@pytest.mark.parametrize("only", ["many,topic", " topic , many,"])
def test_several_may_be_chosen_and_stand_in_the_order_of_the_config(only: str) -> None:
    schema = parse_label_config(SEVERAL, ConfigSelection(only=only))
    assert [question.from_name for question in schema.questions] == ["topic", "many"]


@pytest.mark.parametrize("only", ["photo", "nothing", ""])
def test_a_control_that_is_not_there_or_cannot_be_used_is_refused_with_those_that_are(only: str) -> None:
    with pytest.raises(LabelConfigError, match=rf"named '{only}', but these are: topic, tone, many\. `mraru connect"):
        parse_label_config(SEVERAL, ConfigSelection(only=only))


def test_the_control_s_own_text_comes_first_unless_it_is_named() -> None:
    assert fields() == ["said"]
    assert fields("question") == ["said", "asked"]
    assert fields("question", "answer", "question") == ["asked", "said"]
    assert fields("answer", only="topic") == ["asked", "said"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("context", "is not there. The label config has these texts: question, answer"),
        ("photo", "is <Image>, which shows no text. The label config has these texts: question, answer"),
        ("tone", "is not there"),
        ("joined", "cannot be used: its text has value="),
    ],
)
def test_a_text_that_cannot_be_read_is_refused_with_those_that_can(name: str, reason: str) -> None:
    with pytest.raises(LabelConfigError, match=reason):
        fields("question", name)


def test_a_webhook_is_read_as_the_project_is() -> None:
    body = {
        "action": "TASKS_CREATED",
        "project": {"id": 3, "label_config": SEVERAL},
        "tasks": [{"id": 7, "data": {"asked": "Is it?", "said": "<b>Yes.</b>"}}],
    }
    (task,) = parse_event(body, ConfigSelection(only="tone", texts=("question", "answer"))).tasks
    assert task.text == "question:\nIs it?\n\nanswer:\nYes."


def test_nobody_in_the_package_reads_a_label_config_without_what_people_chose_of_it() -> None:
    package = Path(mraru.__file__).parent
    careless = []
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if name in ("parse_label_config", "parse_event") and len(node.args) + len(node.keywords) < 2:
                careless.append(f"{path.relative_to(package)}:{node.lineno}")
    assert careless == ["cli/demonstration/demo_run.py:" + careless[0].rpartition(":")[2]]  # its config is our own
