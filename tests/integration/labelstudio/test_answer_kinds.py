"""Predictions of every kind of question in a real Label Studio: all are imported, and read back as written."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fakes.answer_kinds import KINDS, QUESTIONS, SETS
from mraru.labelstudio.api.label_studio_client import LabelStudioClient
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.records import Prediction

pytestmark = pytest.mark.label_studio


@pytest.mark.parametrize("name", KINDS | SETS | QUESTIONS)
def test_predictions_of_every_label_are_imported_in_bulk_and_read_back(
    name: str, label_studio_client: LabelStudioClient, make_project: Callable[..., int]
) -> None:
    config, labels = (KINDS | SETS | QUESTIONS)[name]
    project_id = make_project([f"text {number}" for number in range(len(labels))], (), config)
    client, schema = (
        label_studio_client,
        parse_label_config(label_studio_client.describe_project(project_id).label_config),
    )
    tasks = [task.task_id for task in client.list_tasks(project_id, schema)]
    sent = [
        Prediction(task_id=task_id, label=label, score=0.5, model_version="mraru", marks=("a mark",))
        for task_id, label in zip(tasks, labels, strict=True)
    ]

    assert client.push_predictions(project_id, schema, sent) == len(sent)

    held = client.list_predictions(project_id, schema, tasks)
    assert {task_id: [row.label for row in rows] for task_id, rows in held.items()} == {
        prediction.task_id: [prediction.label] for prediction in sent
    }
