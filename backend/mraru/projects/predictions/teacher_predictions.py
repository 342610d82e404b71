"""What the LLM itself says of each task, as predictions of its own beside the final label."""

from __future__ import annotations

from collections.abc import Collection

from mraru.projects.predictions.marking import teacher_mark
from mraru.projects.predictions.model_versions import teacher_version
from mraru.records import Prediction
from mraru.schema_records import LabelSchema
from mraru.store.store import Store


def list_teacher_predictions(
    store: Store, project_id: int, schema: LabelSchema, task_ids: Collection[int]
) -> list[Prediction]:
    """One prediction for each of these tasks whose text an LLM labelled; its score is how sure the LLM was of it.

    It changes only with the label: no round makes it another.
    """
    labelled = {row.text_hash: row for row in store.teacher_labels.list_all(project_id) if schema.is_answer(row.label)}
    tasks_of = store.tasks.list_tasks_of(project_id, list(labelled))
    return [
        Prediction(
            task_id=task_id,
            label=row.label,
            score=row.confidence,
            model_version=teacher_version(row.teacher_name),
            marks=(teacher_mark(row),),
            round_number=row.round_number,
        )
        for text_hash, row in labelled.items()
        for task_id in tasks_of.get(text_hash, [])
        if task_id in task_ids and row.label is not None
    ]
