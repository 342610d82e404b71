from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mraru.records import Annotation, TaskText, TeacherAnswer, TeacherIdentity, hash_text
from mraru.store.review.opinions import Opinion
from mraru.store.store import Store
from mraru.store.tasks.open_work import Pace

NOW = 1_790_000_000.0


def iso(moment: float) -> str:
    """As Label Studio writes it."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def annotate(store: Store, number: int, person: int = 1, **changes: object) -> None:
    values = {
        "annotation_id": 100 * number + person,
        "task_id": number,
        "label": "x",
        "completed_by": person,
        "lead_time_s": 3.0,
        "updated_at": iso(NOW - 60),
    }
    store.annotations.save(1, [Annotation(**{**values, **changes})], NOW)  # type: ignore[arg-type]


def counted(store: Store, project_id: int = 1) -> tuple[int, int, int]:
    work = store.open_work.count(project_id)
    return work.n_tasks, work.n_labels, work.n_unlabelled


@pytest.fixture
def filled(store: Store) -> Store:
    """Six tasks, of which three have an opinion and one more a label of the LLM's."""
    store.projects.connect(1, label_config="", hostname=None, access_token=None, backend_url=None)
    store.tasks.save(1, [TaskText(task_id=number, text=f"text {number}") for number in range(1, 7)])
    store.tasks.save(1, [TaskText(task_id=6, text="text 6", overlap=3)])
    store.opinions.save(
        1,
        [
            Opinion(text_hash=hash_text(f"text {number}"), label="x", confidence=0.5, final_label="x", score=score)
            for number, score in ((1, 0.31), (2, 0.312), (3, 0.95))
        ],
        1,
    )
    for number, label in ((4, "x"), (5, None)):
        store.teacher_labels.save(
            1,
            text_hash=hash_text(f"text {number}"),
            answer=TeacherAnswer(label=label, raw=""),
            identity=TeacherIdentity(model="m", prompt_version="p"),
            round_number=1,
            at=1.0,
        )
    return store


def test_open_tasks_are_counted_with_the_labels_that_they_lack(filled: Store) -> None:
    assert counted(filled, 1) == (6, 8, 2)
    annotate(filled, 1)
    annotate(filled, 6)
    assert counted(filled, 1) == (5, 6, 2)
    assert counted(filled, 2) == (0, 0, 0)


def test_sureness_is_counted_in_steps_the_least_sure_first(filled: Store) -> None:
    steps = filled.open_work.count(1).sureness
    assert [(round(step.sureness, 3), step.n_tasks) for step in steps] == [(0.311, 2), (0.95, 1)]
    annotate(filled, 1)
    assert [step.n_tasks for step in filled.open_work.count(1).sureness] == [1, 1]


def test_the_pace_counts_what_people_labelled_since_and_nothing_else(filled: Store) -> None:
    annotate(filled, 1)
    annotate(filled, 2, updated_at=iso(NOW - 3599))
    annotate(filled, 3, updated_at=iso(NOW - 3601))  # before
    annotate(filled, 4, was_cancelled=True)
    annotate(filled, 5, label=None)
    annotate(filled, 6, lead_time_s=None)  # imported
    annotate(filled, 6, person=2, is_human=False)
    annotate(filled, 6, person=3, updated_at=iso(NOW + 86_400))  # a clock that is wrong
    assert filled.open_work.measure_pace(1, NOW).n_labels == 2


@pytest.mark.parametrize("written", ["2026-09-21T14:00:00Z", "2026-09-21T14:00:00.5Z", "2026-09-21T14:00:00.5+00:00"])
def test_times_are_read_in_each_way_in_which_label_studio_writes_them(filled: Store, written: str) -> None:
    at = datetime(2026, 9, 21, 14, tzinfo=UTC).timestamp()
    annotate(filled, 1, updated_at=written)
    assert filled.open_work.measure_pace(1, at + 10) == Pace(n_labels=1, span_s=60.0)
    assert filled.open_work.measure_pace(1, at + 150) == Pace(n_labels=1, span_s=180.0)
    assert filled.open_work.measure_pace(1, at + 3599) == Pace(n_labels=1, span_s=3600.0)
    assert filled.open_work.measure_pace(1, at + 3602).n_labels == 0
