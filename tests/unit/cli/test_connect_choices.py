"""`mraru connect --only NAME --text NAME`: what is chosen of a label config that could be read in several ways."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import pytest
from rich.console import Console

from fakes.label_studio_registrations import ConnectableLabelStudio
from fakes.services import MakeServices, connect
from mraru.bootstrap import Services
from mraru.cli.label_studio.connect_words import connect_command
from mraru.errors import LabelConfigError, LabelStudioRefused, ProjectSettingInvalid, ProjectUnknown, TextsUnfit
from mraru.interfaces import KnownTexts
from mraru.labelstudio.api.registrations import RegisteredBackend
from mraru.labelstudio.texts.task_text import read_task
from mraru.projects.project_schema import schema_of
from mraru.records import TaskText
from mraru.schema_records import ConfigSelection, LabelSchema
from mraru.settings.project_fields import SettingSource
from mraru.use_cases.project_controls import ProjectControls

TWO = '<Choice value="A"/><Choice value="B"/>'
CONFIG = f"""<View>
  <Text name="question" value="$asked"/><Text name="answer" value="$said"/>
  <Choices name="topic" toName="question">{TWO}</Choices><Choices name="tone" toName="answer">{TWO}</Choices>
</View>"""


class Asked(ConnectableLabelStudio):
    """Has two texts a task, and two questions about them."""

    def __init__(self, n_tasks: int = 3) -> None:
        super().__init__([f"no. {n}" for n in range(n_tasks)])
        self.label_config = CONFIG
        self.refuses = False
        self.said = "said {}"

    def create_backend(
        self, project_id: int, url: str, title: str, basic_auth: tuple[str, str] | None
    ) -> RegisteredBackend:
        if self.refuses:
            raise LabelStudioRefused("not today")
        return super().create_backend(project_id, url, title, basic_auth)

    def list_tasks(self, project_id: int, schema: LabelSchema, known: KnownTexts | None = None) -> Iterator[TaskText]:
        return (
            read_task(task, {"asked": f"asked {text}", "said": self.said.format(text)}, schema)
            for task, text in self.tasks.items()
        )


def over(services: Services, studio: ConnectableLabelStudio) -> Services:
    """The services with this Label Studio behind them, which calls `/setup` when the backend is registered."""
    services.label_studio = lambda project_id=None: studio  # type: ignore[assignment,method-assign,misc]
    studio.on_registered = lambda: connect(services, label_config=studio.label_config)
    return services


def run(services: Services, only: str | None = None, texts: Sequence[str] = ()) -> str:
    console = Console(record=True, width=400, highlight=False, markup=False, emoji=False, quiet=False)
    with console.capture() as capture:
        connect_command(services, 1, "http://backend:9090", console, with_check=False, only=only, texts=texts)
    return capture.get()


def synced(services: Services) -> tuple[list[str], ConfigSelection]:
    """What the loop reads of the project: its first texts, and by which choice."""
    services.store.projects.start(1)
    services.make_loop(1).advance()
    project = services.store.projects.get(1)
    assert project is not None
    assert schema_of(project).from_name
    return [task.text for task in islice(services.store.tasks.list_after(1, 0, 9), 2)], project.selection


def test_one_of_several_controls_and_several_texts_are_chosen(new_services: MakeServices) -> None:
    services = over(new_services(), Asked())
    assert services.store
    said = run(services, "tone", ["question", "answer"])
    assert "task 1: question: asked no. 0 answer: said no. 0" in said
    assert "- Answers 'tone' of the label config." in said
    assert "- Reads the texts question, answer. Texts that read otherwise than before" in said
    texts, selection = synced(services)
    assert texts == [f"question:\nasked no. {n}\n\nanswer:\nsaid no. {n}" for n in range(2)]
    assert selection == ConfigSelection(only="tone", texts=("question", "answer"))


def test_without_a_choice_all_questions_are_asked_and_several_may_be_named(new_services: MakeServices) -> None:
    services = over(new_services(), Asked())
    assert services.store
    said = run(services)
    assert "labels texts in one call each: topic as" in said
    assert "; tone as" in said
    services.make_loop(1).advance()
    project = services.store.projects.get(1)
    assert project is not None
    assert [question.from_name for question in schema_of(project).questions] == ["topic", "tone"]
    assert [source.name for source in schema_of(project).texts] == ["question", "answer"]
    assert "- Answers 'tone,topic' of the label config." in run(services, "tone,topic")
    assert "- Answers 'tone,topic' alone, as chosen before: `mraru set 1 --unset MRARU_ONLY`" in run(services)


def test_a_second_run_keeps_what_was_chosen_and_another_choice_is_read_anew(new_services: MakeServices) -> None:
    services = over(new_services(), Asked())
    assert services.store
    run(services, "tone")
    assert synced(services)[0] == ["said no. 0", "said no. 1"]
    assert "was connected already: nothing changed" in run(services)
    assert "was connected already, and is read anew now" in run(services, texts=["question"])
    services.make_loop(1).advance()
    (first, _), selection = synced(services)
    assert first == "answer:\nsaid no. 0\n\nquestion:\nasked no. 0"
    assert selection == ConfigSelection(only="tone", texts=("question",))


def test_another_text_makes_the_student_learn_anew(new_services: MakeServices) -> None:
    services = over(new_services(), Asked())
    assert services.store
    run(services, "tone")
    synced(services)
    before = services.store.projects.get(1)
    run(services, "topic")
    services.make_loop(1).advance()
    after = services.store.projects.get(1)
    assert before is not None
    assert after is not None
    assert after.n_corrections == before.n_corrections + 3


@pytest.mark.parametrize(
    ("only", "texts", "words"),
    [
        ("tone,mood", [], "named 'mood', but these are: topic, tone"),
        ("mood", [], "named 'mood', but these are: topic, tone"),
        ("tone", ["context"], "has these texts: question, answer"),
    ],
)
def test_what_is_not_there_is_refused_before_anything_is_kept(
    new_services: MakeServices, only: str | None, texts: list[str], words: str
) -> None:
    studio = Asked()
    services = over(new_services(), studio)
    assert services.store
    with pytest.raises(LabelConfigError, match=words):
        run(services, only, texts)
    assert services.store.project_settings.load(1) == {}
    assert studio.backends == []


def test_a_choice_is_taken_back_where_label_studio_refuses(new_services: MakeServices) -> None:
    studio = Asked()
    services = over(new_services(), studio)
    services.store.project_settings.change(1, {"only": "topic"})

    studio.refuses = True
    with pytest.raises(LabelStudioRefused):
        run(services, "tone", ["question"])
    assert services.store.project_settings.load(1) == {"only": "topic"}


def test_a_choice_needs_the_folder_in_which_the_backend_keeps_it(new_services: MakeServices) -> None:
    services = over(new_services(), Asked())
    services.store_path.unlink(missing_ok=True)
    with pytest.raises(ProjectUnknown, match="run this where `mraru serve` runs"):
        run(services, "tone")


def test_a_choice_is_a_setting_like_others_that_is_held_against_the_label_config(new_services: MakeServices) -> None:
    services = over(new_services(), Asked())
    assert services.store
    run(services, "tone")
    controls = ProjectControls(services, lambda project_id: None)
    listed = {setting.name: setting for setting in controls.change_settings(1, {"MRARU_TEXTS": "question, answer"})}
    assert (listed["texts"].value, listed["texts"].source) == ("question, answer", SettingSource.PROJECT)
    assert synced(services)[1].texts == ("question", "answer")
    with pytest.raises(ProjectSettingInvalid, match=r"The text 'nothing', .* has these texts: question, answer"):
        controls.change_settings(1, {"texts": "nothing"})
    with pytest.raises(ProjectSettingInvalid, match="named 'mood', but these are: topic, tone"):
        controls.change_settings(1, {"only": "mood"})
    assert services.store.project_settings.load(1) == {"only": "tone", "texts": "question, answer"}
    controls.change_settings(1, {"texts": "none"})
    services.make_loop(1).advance()
    assert synced(services) == (["said no. 0", "said no. 1"], ConfigSelection(only="tone"))


def test_addresses_among_several_texts_are_refused_too(new_services: MakeServices) -> None:
    studio = Asked()
    studio.said = "s3://bucket/{}.txt"
    services = over(new_services(), studio)
    assert services.store
    with pytest.raises(TextsUnfit, match=r"3 of the 3 texts looked at are addresses, such as s3://bucket/no. 0.txt"):
        run(services, "tone", ["question"])
    assert services.store.project_settings.load(1) == {}
