"""People choose another question or further texts of the label config, and the rounds begin anew with it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fakes.label_studio import LABELS
from fakes.loop_bench import PROJECT, LoopBench
from mraru.records import hash_text
from mraru.store.projects.project_repository import ProjectState

BenchMaker = Callable[..., LoopBench]


@pytest.fixture
def chosen(make_bench: BenchMaker) -> LoopBench:
    """A project with two questions and two texts, of which one each is chosen, whose rounds are done."""
    bench = make_bench(only="label")
    choices = "".join(f'<Choice value="{label}"/>' for label in LABELS)
    bench.label_studio.label_config = (
        '<View><Text name="text" value="$text"/><HyperText name="title" value="$text"/>'
        f'<Choices name="label" toName="text">{choices}</Choices>'
        f'<Choices name="other" toName="text">{choices}</Choices></View>'
    )
    bench.start()
    bench.run()
    assert bench.project.state is ProjectState.STOPPED, bench.project.reason
    return bench


def test_another_question_is_not_answered_with_what_was_said_to_the_former_one(chosen: LoopBench) -> None:
    n_before = len(chosen.store.teacher_labels.list_all(PROJECT))
    assert n_before
    chosen.set_options(only="other")
    chosen.loop.advance()
    assert chosen.store.teacher_labels.list_all(PROJECT) == []
    assert not chosen.project.is_seeded
    chosen.set_options(max_rounds=6)
    chosen.store.projects.start(PROJECT)
    chosen.run()
    assert chosen.project.state is ProjectState.STOPPED, chosen.project.reason
    assert chosen.project.is_seeded
    assert len(chosen.store.teacher_labels.list_all(PROJECT)) > 0


def test_further_texts_are_asked_about_anew_and_the_former_ones_answers_are_found_again(chosen: LoopBench) -> None:
    n_paid = chosen.store.ledger.spending(PROJECT).n_calls
    plain = set(chosen.teacher.asked)
    chosen.teacher.answer = lambda text: text.split()[1] if text.startswith("text:") else text.split()[0]
    chosen.set_options(texts="text,title", max_rounds=6)
    chosen.store.projects.start(PROJECT)
    chosen.run()
    assert chosen.project.state is ProjectState.STOPPED, chosen.project.reason
    sections = set(chosen.teacher.asked) - plain
    assert sections
    assert all(text.startswith("text:\n") and "\n\ntitle:\n" in text for text in sections)
    n_then = chosen.store.ledger.spending(PROJECT).n_calls
    assert n_then == n_paid + len(sections)

    chosen.set_options(texts=None)
    chosen.run()
    labelled = {row.text_hash for row in chosen.store.teacher_labels.list_all(PROJECT)}
    assert {hash_text(text) for text in plain} <= labelled
    assert chosen.store.ledger.spending(PROJECT).n_calls == n_then


def test_a_control_that_was_renamed_keeps_its_answers(make_bench: BenchMaker) -> None:
    bench = make_bench()
    bench.start()
    bench.run()
    n_before = len(bench.store.teacher_labels.list_all(PROJECT))
    bench.label_studio.label_config = bench.label_studio.label_config.replace('name="label"', 'name="renamed"')
    bench.store.projects.request_sync(PROJECT)
    bench.run()
    assert len(bench.store.teacher_labels.list_all(PROJECT)) == n_before
    assert bench.project.is_seeded
