"""Paths and ratings in the loop, and a control that becomes one of another kind."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fakes.answer_kinds import taxonomy
from fakes.label_studio import LABELS
from fakes.loop_bench import PROJECT, LoopBench, class_of
from fakes.teachers import SimulatedTeacher
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.syncing.project_sync import sync_project

TREE = '<Choice value="Play"><Choice value="sport"/></Choice><Choice value="tech"/><Choice value="food" alias="f"/>'
STARS = {"sport": "1", "tech": "2", "food": "10"}
FLAT = "".join(f'<Choice value="{label}"/>' for label in LABELS)


@pytest.mark.parametrize(
    ("config", "labels"),
    [
        (taxonomy(TREE, 'leafsOnly="true"'), {"sport": "Play / sport", "tech": "tech", "food": "f"}),
        ('<View><Text name="t" value="$text"/><Rating name="r" toName="t" maxRating="10"/></View>', STARS),
    ],
    ids=["taxonomy", "rating"],
)
def test_every_text_gets_a_path_or_a_rating_by_teacher_student_and_people(
    make_bench: Callable[..., LoopBench], config: str, labels: dict[str, str]
) -> None:
    bench = make_bench(n_texts=60)
    bench.label_studio.label_config = config
    bench.teacher = SimulatedTeacher(lambda text: labels[class_of(text)])
    bench.restart()
    bench.start()
    bench.run()
    served = bench.label_studio.of_version(bench.project.served_version)
    assert {prediction.label for prediction in served.values()} <= set(labels.values())
    right = [labels[class_of(bench.label_studio.tasks[task])] == found.label for task, found in served.items()]
    assert sum(right) > 0.9 * len(right) > 40

    bench.correct(1, labels["food"])
    bench.store.projects.request_sync(PROJECT)
    bench.clock.advance(bench.settings.retrain_delay_s)
    bench.run()
    assert not [code for code in bench.store.warnings.list_all(PROJECT) if code.code == "labels-set-aside"]


def test_predictions_are_written_anew_where_a_choice_becomes_a_taxonomy_of_the_same_labels(
    make_bench: Callable[..., LoopBench],
) -> None:
    bench = make_bench(n_texts=30)
    bench.start()
    bench.run()
    held = set(bench.label_studio.held)
    bench.label_studio.changes.clear()
    bench.label_studio.label_config = taxonomy(FLAT)
    assert parse_label_config(bench.label_studio.label_config).labels == LABELS
    sync_project(bench.store, bench.label_studio, PROJECT, bench.clock)
    bench.run()
    for _ in range(5):
        bench.clock.advance(3600)
        bench.run()
    assert set(bench.label_studio.changes) == held
