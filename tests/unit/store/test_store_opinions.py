from __future__ import annotations

from dataclasses import replace

import pytest

from mraru.records import Annotation, TaskText, TeacherAnswer, TeacherIdentity, hash_text
from mraru.store.review import opinions as opinions_module
from mraru.store.review.opinions import ConfusionCell, Opinion
from mraru.store.store import Store

IDENTITY = TeacherIdentity(model="simulated", prompt_version="p1")


def opinion(text: str, **changes: object) -> Opinion:
    made = Opinion(
        text_hash=hash_text(text),
        label="sport",
        confidence=0.75,
        final_label="sport",
        score=0.5,
        is_out_of_fold=True,
        round_number=1,
    )
    return replace(made, **changes)


def add_tasks(store: Store, *texts: str, project_id: int = 1) -> None:
    store.tasks.save(project_id, [TaskText(task_id=number, text=text) for number, text in enumerate(texts, start=1)])


def teach(store: Store, text: str, label: str | None) -> None:
    answer = TeacherAnswer(label=label, raw="")
    store.teacher_labels.save(1, text_hash=hash_text(text), answer=answer, identity=IDENTITY, round_number=1, at=1.0)


def test_opinions_are_kept_by_text_as_they_are(store: Store) -> None:
    add_tasks(store, "a", "b", "c")
    kept = [opinion("a"), opinion("b", label="tech", confidence=0.25, score=0.125, is_out_of_fold=False)]
    store.opinions.save(1, kept, 1)
    assert store.opinions.load(1, [hash_text(text) for text in "abc"]) == {entry.text_hash: entry for entry in kept}
    assert store.opinions.count(1) == 2


def test_what_was_said_of_a_text_stands_until_something_else_is(store: Store) -> None:
    add_tasks(store, "a", "b", "c")
    store.opinions.save(1, [opinion("a", score=0.1, round_number=None), opinion("b")], 1)
    store.opinions.save(1, [opinion("a", score=0.9, round_number=None), opinion("c", round_number=None)], 2)
    kept = store.opinions.load(1, [hash_text(text) for text in "abc"])
    assert [(kept[hash_text(text)].score, kept[hash_text(text)].round_number) for text in "abc"] == [
        (0.9, 2),
        (0.5, 1),
        (0.5, 2),
    ]


def test_final_labels_are_counted_with_those_that_are_the_llms(store: Store) -> None:
    add_tasks(store, *"abcd")
    for text, label in {"a": "sport", "b": "tech", "c": None}.items():
        teach(store, text, label)
    store.opinions.save(1, [opinion(text) for text in "abc"] + [opinion("d", final_label="gone")], 1)
    assert store.opinions.count_final(1, ("sport", "tech")) == (3, 1)


def test_more_than_one_write_takes_are_written_in_several(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opinions_module, "ROWS_PER_WRITE", 3)
    texts = [f"text {number}" for number in range(10)]
    add_tasks(store, *texts)
    store.opinions.save(1, [opinion(text) for text in texts], 1)
    assert store.opinions.count(1) == 10


def test_the_lowest_score_comes_first_page_by_page(store: Store) -> None:
    add_tasks(store, *"abcd")
    scores = {"a": 0.5, "b": 0.1, "c": 0.9, "d": 0.3}
    store.opinions.save(1, [opinion(text, score=score) for text, score in scores.items()], 1)
    first, second = (store.opinions.list_lowest(1, limit=3, offset=offset) for offset in (0, 3))
    assert [entry.score for entry in first] == [0.1, 0.3, 0.5]
    assert [entry.score for entry in second] == [0.9]


def test_a_text_whose_tasks_are_gone_is_not_given_out(store: Store) -> None:
    add_tasks(store, "a", "b")
    teach(store, "a", "tech")
    store.opinions.save(1, [opinion("a"), opinion("b")], 1)
    store.tasks.remove(1, [1])
    assert store.opinions.load(1, [hash_text("a")]) == {}
    assert store.opinions.list_lowest(1, limit=9) == [opinion("b")]
    assert store.opinions.count(1) == 1
    assert store.opinions.confusion(1) == {}


def test_an_annotated_text_is_left_out_where_only_open_ones_are_wanted(store: Store) -> None:
    add_tasks(store, "a", "skipped", "open")
    store.opinions.save(1, [opinion("a"), opinion("skipped", score=0.6), opinion("open", score=0.7)], 1)
    store.annotations.save(1, [Annotation(annotation_id=1, task_id=1, label="sport")], 1.0)
    store.annotations.save(1, [Annotation(annotation_id=2, task_id=2, label=None, was_cancelled=True)], 1.0)
    assert store.opinions.list_lowest(1, limit=9, only_open=True) == [
        opinion("skipped", score=0.6),
        opinion("open", score=0.7),
    ]
    assert len(store.opinions.list_lowest(1, limit=9)) == 3


def test_a_half_labelled_text_is_still_open(store: Store) -> None:
    store.tasks.save(1, [TaskText(task_id=1, text="a", overlap=2)])
    store.opinions.save(1, [opinion("a")], 1)
    for person, expected in ((7, [opinion("a")]), (8, [])):
        store.annotations.save(
            1, [Annotation(annotation_id=person, task_id=1, label="sport", completed_by=person)], 1.0
        )
        assert store.opinions.list_lowest(1, limit=9, only_open=True) == expected


def test_the_confusion_counts_texts_by_the_llms_and_the_students_label(store: Store) -> None:
    add_tasks(store, *"abcde")
    for text, label in {"a": "sport", "b": "sport", "c": "tech", "d": None}.items():
        teach(store, text, label)
    store.opinions.save(1, [opinion("a"), opinion("b", label="tech"), opinion("c"), opinion("e")], 1)
    store.opinions.save(1, [opinion("d", is_out_of_fold=False)], 1)
    assert store.opinions.confusion(1) == {
        ConfusionCell(teacher_label=None, student_label="sport"): 1,
        ConfusionCell(teacher_label="sport", student_label="sport"): 1,
        ConfusionCell(teacher_label="sport", student_label="tech"): 1,
        ConfusionCell(teacher_label="tech", student_label="sport"): 1,
    }


def test_a_student_that_may_have_learned_the_label_is_not_compared_with_it(store: Store) -> None:
    add_tasks(store, "a")
    teach(store, "a", "sport")
    store.opinions.save(1, [opinion("a", is_out_of_fold=False)], 1)
    assert store.opinions.confusion(1) == {}


def test_a_cell_lists_exactly_the_texts_that_it_counts(store: Store) -> None:
    add_tasks(store, *"abcdef")
    for text, label in {"a": "sport", "b": "sport", "c": "tech", "d": None, "f": "tech"}.items():
        teach(store, text, label)
    store.opinions.save(1, [opinion(text) for text in "abce"], 1)
    store.opinions.save(1, [opinion(text, is_out_of_fold=False) for text in "df"], 1)
    cells = store.opinions.confusion(1)
    assert len(cells) == 3
    for cell, n_texts in cells.items():
        assert len(store.opinions.list_lowest(1, limit=9, cell=cell)) == n_texts
    (no_label,) = store.opinions.list_lowest(1, limit=9, cell=ConfusionCell(teacher_label=None, student_label="sport"))
    assert no_label.text_hash == hash_text("d")


def test_projects_do_not_see_each_others_opinions(store: Store) -> None:
    for project_id in (1, 2):
        add_tasks(store, "a", project_id=project_id)
    teach(store, "a", "tech")
    store.opinions.save(1, [opinion("a")], 1)
    assert store.opinions.load(2, [hash_text("a")]) == {}
    assert store.opinions.list_lowest(2, limit=9) == []
    assert store.opinions.confusion(2) == {}
    store.opinions.save(2, [opinion("a", score=0.0)], 7)
    assert store.opinions.load(1, [hash_text("a")]) == {hash_text("a"): opinion("a")}
    assert store.opinions.confusion(1) == {ConfusionCell(teacher_label="tech", student_label="sport"): 1}
