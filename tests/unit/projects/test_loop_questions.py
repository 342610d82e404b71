"""Several questions are asked in one call, learned each by itself, and served as one prediction a task."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fakes.loop_bench import PROJECT, ClassEmbedder, LoopBench, make_loop_bench
from fakes.teachers import SimulatedTeacher
from mraru.interfaces import Vectors
from mraru.projects.learning.labelled_set import read_labelled_set
from mraru.projects.project_schema import schema_of
from mraru.projects.syncing.set_aside import list_set_aside
from mraru.records import TeacherIdentity, hash_text
from mraru.schema_records import LabelSchema

TOPICS = ("sport", "tech", "food")
MOODS = ("good", "bad")
REASONS = ("late", "rude")  # asked of what is bad alone


def words_of(text: str) -> list[str]:
    """A text names its topic, its mood, the reason, then its number."""
    return text.split()[:-1]


def answer_of(text: str) -> str:
    topic, mood, reason = words_of(text)
    said = [f"mood: {mood}", f"topic: {topic}"]
    return " | ".join([*said, *([f"why: {reason}"] if mood == "bad" else [])])


class QuestionEmbedder(ClassEmbedder):
    """Vectors that show the answer to each question, whether or not it is asked."""

    name = "questions"

    def _vector(self, text: str) -> Vectors:
        rng = np.random.default_rng(sum(text.encode()))
        words = (*TOPICS, *MOODS, *REASONS)
        vector = rng.normal(0.0, 0.05, len(words))
        for word in words_of(text):
            vector[words.index(word)] += 1.0
        return (vector / np.linalg.norm(vector)).astype(np.float32)

    def embed(self, texts: object) -> Vectors:
        listed = list(texts)  # type: ignore[call-overload]
        self.embedded.extend(listed)
        return np.array([self._vector(text) for text in listed], dtype=np.float32).reshape(len(listed), 7)


def choices(name: str, labels: tuple[str, ...], attributes: str = "") -> str:
    inner = "".join(f'<Choice value="{label}"/>' for label in labels)
    return f'<Choices name="{name}" toName="text" {attributes}>{inner}</Choices>'


def config(*controls: str) -> str:
    note = '<TextArea name="mraru" toName="text"/>'
    return f'<View><Text name="text" value="$text"/>{"".join(controls)}{note}</View>'


TOPIC, MOOD = choices("topic", TOPICS), choices("mood", MOODS)
WHY = choices("why", REASONS, 'visibleWhen="choice-selected" whenTagName="mood" whenChoiceValue="bad"')


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[LoopBench]:
    made = make_loop_bench(tmp_path, 0, TOPICS, max_rounds=5, max_calls=80)
    made.label_studio.label_config = config(TOPIC, MOOD, WHY)
    made.label_studio.tasks = {
        i: f"{TOPICS[i % 3]} {MOODS[(i // 3) % 2]} {REASONS[(i // 6) % 2]} {i}" for i in range(1, 121)
    }
    made.teacher = SimulatedTeacher(answer_of)
    made.embedder = QuestionEmbedder()
    made.restart()
    made.start()
    yield made
    made.store.close()


def schema(bench: LoopBench) -> LabelSchema:
    return schema_of(bench.project)


def served(bench: LoopBench) -> dict[int, str | None]:
    held = bench.label_studio.of_version(bench.project.served_version)
    return {task: prediction.label for task, prediction in held.items()}


def run_again(bench: LoopBench, *controls: str) -> None:
    bench.label_studio.label_config = config(*controls)
    bench.store.projects.request_sync(PROJECT)
    for _ in ("it is read", "it is learned"):
        bench.clock.now += 3600.0
        bench.run()


def test_one_call_answers_all_questions_and_each_task_is_served_the_answer_that_it_has(bench: LoopBench) -> None:
    bench.run()
    found = served(bench)
    assert set(found) == set(bench.label_studio.tasks)
    truth = {task: answer_of(text) for task, text in bench.label_studio.tasks.items()}
    assert sum(found[task] != answer for task, answer in truth.items()) <= 4
    assert len(bench.teacher.asked) == len(set(bench.teacher.asked)) < 80
    assert all(schema(bench).is_answer(answer) for answer in found.values())


def test_the_score_is_that_of_the_least_certain_question_and_the_note_names_it(bench: LoopBench) -> None:
    bench.run()
    held = bench.label_studio.of_version(bench.project.served_version)
    texts = {task: hash_text(text) for task, text in bench.label_studio.tasks.items()}
    said = bench.store.opinions.load(PROJECT, list(texts.values()))
    named = set()
    for task, prediction in held.items():
        opinion = said[texts[task]]
        assert opinion.least_certain in schema(bench).parts_of(opinion.final_label)
        assert prediction.note is not None
        assert prediction.note.endswith(f"Least certain: {opinion.least_certain}.")
        named.add(opinion.least_certain)
    assert len(named) > 1


def test_a_correction_of_one_question_is_gold_and_stands(bench: LoopBench) -> None:
    bench.run()
    task = next(task for task, text in bench.label_studio.tasks.items() if answer_of(text).startswith("mood: good"))
    corrected = answer_of(bench.label_studio.tasks[task]).replace("mood: good", "mood: bad") + " | why: rude"
    bench.correct(task, corrected)
    bench.clock.now += 3600.0
    bench.run()
    text_hash = hash_text(bench.label_studio.tasks[task])
    labelled = read_labelled_set(bench.store, PROJECT, schema(bench))
    assert labelled.gold == {text_hash: corrected}
    opinion = bench.store.opinions.load(PROJECT, [text_hash])[text_hash]
    assert opinion.final_label == corrected
    assert opinion.blind_label is not None


def test_what_people_said_of_one_question_alone_counts_there_and_the_text_may_be_asked_about(bench: LoopBench) -> None:
    bench.run()
    asked = set(bench.teacher.asked)
    task = next(task for task, text in bench.label_studio.tasks.items() if text not in asked)
    text = bench.label_studio.tasks[task]
    other = next(topic for topic in TOPICS if topic not in text)
    bench.correct(task, f"topic: {other}")
    bench.clock.now += 3600.0
    bench.run()
    labelled = read_labelled_set(bench.store, PROJECT, schema(bench))
    assert labelled.gold == {}
    assert labelled.set_aside_gold == {hash_text(text): f"topic: {other}"}
    assert hash_text(text) in labelled.open_texts
    assert hash_text(text) not in labelled.known
    assert schema(bench).parts_of(str(served(bench)[task]))["topic"] == other
    assert list_set_aside(bench.store, PROJECT, schema(bench)) == ()


def test_a_question_that_is_added_keeps_what_was_said_of_the_others(bench: LoopBench) -> None:
    bench.label_studio.label_config = config(TOPIC)
    bench.teacher = SimulatedTeacher(lambda text: words_of(text)[0])
    bench.restart()
    bench.store.projects.request_sync(PROJECT)
    bench.run()
    before = read_labelled_set(bench.store, PROJECT, schema(bench)).teacher
    assert set(before.values()) == set(TOPICS)
    bench.correct(1, "food")
    bench.teacher = SimulatedTeacher(lambda text: answer_of(text).split(" | why")[0])
    bench.teacher.identity = TeacherIdentity(model="simulated", prompt_version="p2")  # another question
    bench.set_options(max_rounds=10, max_calls=200)
    run_again(bench, TOPIC, MOOD)
    bench.store.projects.start(PROJECT)
    bench.run()
    labelled = read_labelled_set(bench.store, PROJECT, schema(bench))
    assert labelled.set_aside_gold == {hash_text(bench.label_studio.tasks[1]): "topic: food"}
    kept = {name: label for name, label in labelled.set_aside_teacher.items() if label is not None}
    assert all(label == f"topic: {before[name]}" for name, label in kept.items())
    assert len(kept) + len(labelled.teacher) > len(before)
    assert list_set_aside(bench.store, PROJECT, schema(bench)) == ()
    assert all(schema(bench).is_answer(label) for label in served(bench).values())
    truth = {task: answer_of(text).split(" | why")[0] for task, text in bench.label_studio.tasks.items() if task != 1}
    assert sum(served(bench)[task] != answer for task, answer in truth.items()) <= 6


def test_a_question_that_is_taken_away_leaves_the_answers_to_the_others_and_comes_back_with_them(
    bench: LoopBench,
) -> None:
    bench.run()
    before = read_labelled_set(bench.store, PROJECT, schema(bench)).teacher
    n_asked = len(bench.teacher.asked)
    run_again(bench, TOPIC)
    labelled = read_labelled_set(bench.store, PROJECT, schema(bench))
    assert {name: label for name, label in labelled.teacher.items() if name in before} == {
        name: str(label).split("topic: ")[1].split(" | ")[0] for name, label in before.items()
    }
    assert {str(label) for label in served(bench).values()} == set(TOPICS)
    run_again(bench, TOPIC, MOOD, WHY)
    assert read_labelled_set(bench.store, PROJECT, schema(bench)).teacher.items() >= before.items()
    assert len(set(bench.teacher.asked)) == len(bench.teacher.asked) >= n_asked


TAGS = choices("tags", TOPICS, 'choice="multiple"')


def test_an_added_multiple_choice_is_open_until_somebody_answers_it(bench: LoopBench) -> None:
    bench.label_studio.label_config = config(MOOD)
    bench.teacher = SimulatedTeacher(lambda text: words_of(text)[1])
    bench.restart()
    bench.store.projects.request_sync(PROJECT)
    bench.run()
    bench.correct(1, "good")
    n_before = len(read_labelled_set(bench.store, PROJECT, schema(bench)).teacher)
    bench.teacher = SimulatedTeacher(lambda text: f"mood: {words_of(text)[1]} | tags: {words_of(text)[0]}")
    bench.teacher.identity = TeacherIdentity(model="simulated", prompt_version="p2")
    bench.set_options(max_rounds=12, max_calls=200)
    made = bench.label_studio.annotations[1]
    # as Label Studio's result is read once the config has the box: nothing is chosen in it
    bench.label_studio.annotations[1] = replace(made, label="mood: good | tags: (no label)")
    run_again(bench, MOOD, TAGS)
    labelled = read_labelled_set(bench.store, PROJECT, schema(bench))
    assert labelled.gold == {}
    assert labelled.set_aside_gold == {hash_text(bench.label_studio.tasks[1]): "mood: good"}
    assert len(labelled.open_texts) >= n_before - 15  # the rest was asked about anew
    bench.store.projects.start(PROJECT)
    bench.run()
    tags = [schema(bench).parts_of(str(label))["tags"] for task, label in served(bench).items() if task != 1]
    truth = [words_of(bench.label_studio.tasks[task])[0] for task in served(bench) if task != 1]
    assert sum(said == right for said, right in zip(tags, truth, strict=True)) / len(tags) > 0.9
    later = replace(made, label="mood: good | tags: (no label)", updated_at="2026-02-02T00:00:00Z")
    bench.label_studio.annotations[1] = later  # a person looked again
    run_again(bench, MOOD, TAGS)
    assert list(read_labelled_set(bench.store, PROJECT, schema(bench)).gold.values()) == [later.label]


def test_a_question_that_comes_back_beside_a_new_one_brings_its_answers(bench: LoopBench) -> None:
    bench.label_studio.label_config = config(MOOD, WHY)
    bench.teacher = SimulatedTeacher(lambda text: answer_of(text).replace(f" | topic: {words_of(text)[0]}", ""))
    bench.restart()
    bench.store.projects.request_sync(PROJECT)
    bench.run()
    before = read_labelled_set(bench.store, PROJECT, schema(bench)).teacher
    bench.set_options(max_calls=len(bench.teacher.asked))  # nobody is asked from here on
    run_again(bench, MOOD)
    assert set(read_labelled_set(bench.store, PROJECT, schema(bench)).teacher.values()) == set(MOODS)
    run_again(bench, MOOD, WHY, TOPIC)
    labelled = read_labelled_set(bench.store, PROJECT, schema(bench))
    assert {name: labelled.set_aside_teacher.get(name) for name in before} == before


def test_a_control_of_another_name_keeps_its_answers(bench: LoopBench) -> None:
    bench.run()
    before = read_labelled_set(bench.store, PROJECT, schema(bench)).teacher
    run_again(bench, TOPIC.replace('"topic"', '"subject"'), MOOD, WHY)
    labelled = read_labelled_set(bench.store, PROJECT, schema(bench))
    renamed = {name: str(label).replace("topic: ", "subject: ") for name, label in before.items()}
    assert labelled.set_aside_teacher == {}
    assert {name: set(str(label).split(" | ")) for name, label in labelled.teacher.items() if name in before} == {
        name: set(label.split(" | ")) for name, label in renamed.items()
    }
    assert all(label is not None and "subject: " in label for label in served(bench).values())
