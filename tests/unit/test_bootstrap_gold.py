"""How people who differ are settled follows the settings, from the environment's words to the student's labels."""

from __future__ import annotations

import pytest

from fakes.clocks import HandClock
from fakes.label_studio import LABELS, FakeLabelStudio
from fakes.loop_bench import class_of
from fakes.services import MakeServices
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.learning.labelled_set import read_labelled_set
from mraru.projects.syncing.project_sync import sync_project
from mraru.records import Annotation, hash_text

SPLIT = 31  # the task on which two people differ, one of whom always takes sport for tech


def annotate(studio: FakeLabelStudio, task_id: int, person: int, label: str) -> None:
    number = 100 * person + task_id
    studio.annotations[number] = Annotation(
        annotation_id=number, task_id=task_id, label=label, completed_by=person, lead_time_s=1.0
    )


@pytest.mark.parametrize(
    ("settings", "label"),
    [
        ({"gold_consensus": "dawid-skene", "gold_min_texts": 30}, "sport"),
        ({"gold_consensus": "dawid-skene"}, None),
        ({}, None),
    ],
    ids=["dawid-skene", "too little overlap", "as installed"],
)
def test_the_consensus_that_is_set_settles_what_people_are_split_about(
    new_services: MakeServices, clock: HandClock, settings: dict[str, object], label: str | None
) -> None:
    services = new_services(max_rounds=0, tabs=False, **settings)
    studio = FakeLabelStudio([f"{LABELS[number % 3]} {number}" for number in range(36)])
    for task_id in range(1, SPLIT):
        right = class_of(studio.tasks[task_id])
        for person, said in enumerate([right, right, "tech" if right == "sport" else right], start=1):
            annotate(studio, task_id, person, said)
    annotate(studio, SPLIT, 1, "sport")
    annotate(studio, SPLIT, 3, "tech")
    sync_project(services.store, studio, 1, clock)
    services.label_studio = lambda project_id=None: studio  # type: ignore[method-assign,assignment,return-value]
    services.store.projects.start(1)
    for _ in range(3):  # the tasks are read, then the corrections are learned
        services.make_loop(1).advance()
    labelled = read_labelled_set(services.store, 1, parse_label_config(studio.label_config))
    name = hash_text(studio.tasks[SPLIT])
    assert labelled.gold.get(name) == label
    assert (name in labelled.ties) == (label is None)
