"""A project goes on where it stood, whichever version of ours wrote its store."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from fakes.loop_bench import PROJECT, LoopBench, class_of
from fakes.stores import open_store
from mraru.records import hash_text
from mraru.store.database import newest_revision
from mraru.store.projects.project_repository import ProjectState

DUMPS = sorted((Path(__file__).parents[2] / "fixtures" / "stores").glob("*.sql"))
N_PAID = 23  # calls that had been made
N_FURTHER = 10  # that two more rounds of five make
LABELLED = range(1, 8)  # tasks that a person had labelled


@pytest.fixture(params=DUMPS, ids=[path.stem for path in DUMPS])
def bench(request: pytest.FixtureRequest, tmp_path: Path, make_bench: Callable[..., LoopBench]) -> LoopBench:
    folder = tmp_path / "bench-0"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "mraru.sqlite3")) as connection:
        connection.executescript(request.param.read_text(encoding="utf-8"))
    made = make_bench(max_rounds=5)
    for task_id in LABELLED:
        made.correct(task_id, class_of(made.label_studio.tasks[task_id]))  # as Label Studio still holds them
    return made


ONE_OF_TWO = (
    '<View><Text name="text" value="$text"/><Rating name="stars" toName="text"/>'
    '<Choices name="tags" toName="text" choice="multiple"><Choice value="a"/><Choice value="b"/></Choices>'
    '<Choices name="label" toName="text"><Choice value="sport"/><Choice value="tech"/></Choices></View>'
)


@pytest.mark.parametrize(
    ("label_config", "only"),
    [
        (ONE_OF_TWO, "label"),  # a choice of one label went first
        (ONE_OF_TWO.replace('name="label" toName="text"', 'name="label" toName="text" visibleWhen="x"'), "tags"),
        (ONE_OF_TWO.replace('choice="multiple"', ""), None),  # that was refused: several could be meant
        (ONE_OF_TWO.replace("Choices", "Other"), None),  # the only one that could be answered
        ("<View", None),
        ("", None),
    ],
)
def test_a_project_of_before_goes_on_with_the_question_that_it_had(
    label_config: str, only: str | None, tmp_path: Path
) -> None:
    file = tmp_path / "mraru.sqlite3"
    dump = next(path for path in DUMPS if path.stem == "0015")
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(dump.read_text(encoding="utf-8"))
        connection.execute("UPDATE projects SET label_config = ?", (label_config,))
        connection.commit()
    store = open_store(file)
    try:
        project = store.projects.get(PROJECT)
        assert project is not None
        assert project.selection.only == only
        assert store.project_settings.load(PROJECT) == ({} if only is None else {"only": only})
    finally:
        store.close()


def test_there_is_a_store_of_todays_schema() -> None:
    assert DUMPS[-1].stem == newest_revision()


def test_what_was_paid_and_labelled_counts_and_rounds_go_on(bench: LoopBench) -> None:
    paid = {row.text_hash for row in bench.store.teacher_labels.list_all(PROJECT)}
    assert bench.store.ledger.spending(PROJECT).n_calls == len(paid) == N_PAID
    bench.store.projects.start(PROJECT)
    bench.run()
    assert bench.project.state is ProjectState.STOPPED
    assert bench.store.ledger.spending(PROJECT).n_calls == N_PAID + N_FURTHER
    assert len(bench.teacher.asked) == N_FURTHER  # all of them of texts that had no answer
    assert len(bench.store.teacher_labels.list_all(PROJECT)) == N_PAID + N_FURTHER
    texts = bench.label_studio.tasks
    said = {hash_text(texts[task_id]): class_of(texts[task_id]) for task_id in LABELLED}
    by_people = bench.store.annotations.list_by_text(PROJECT)
    assert {text: [one.label for one in listed] for text, listed in by_people.items()} == {
        text: [label] for text, label in said.items()
    }
