"""A Label Studio in memory, as far as the loop asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fakes.label_studio_views import FakeViews
from mraru.errors import LabelStudioRefused
from mraru.records import Annotation, LabelSchema, Prediction, ProjectDescription, TaskText

LABELS = ("sport", "tech", "food")


def label_config(labels: Sequence[str] = LABELS) -> str:
    choices = "".join(f'<Choice value="{label}"/>' for label in labels)
    return f'<View><Text name="text" value="$text"/><Choices name="label" toName="text">{choices}</Choices></View>'


class FakeLabelStudio(FakeViews):
    """Fills the protocols LabelStudio and LabelStudioViews for one project; `before_call` sees each call first."""

    def __init__(self, texts: Sequence[str] = (), labels: Sequence[str] = LABELS, project_id: int = 1) -> None:
        super().__init__()
        self.project_id = project_id
        self.label_config = label_config(labels)
        self.created_at = "2026-01-01T00:00:00Z"
        self.tasks: dict[int, str] = dict(enumerate(texts, start=1))
        self.annotations: dict[int, Annotation] = {}
        self.imports: list[list[Prediction]] = []  # one entry a bulk import
        self.model_version: str | None = None
        self.overlap = 1  # people who are to label each task
        self.cohort_percentage = 100
        self.skip_queue = "REQUEUE_FOR_OTHERS"

    @property
    def predictions(self) -> list[Prediction]:
        return [prediction for imported in self.imports for prediction in imported]

    def of_version(self, version: str | None) -> dict[int, Prediction]:
        """Predictions of a version by task; a task that has two of them fails the test."""
        found: dict[int, Prediction] = {}
        for prediction in self.predictions:
            if prediction.model_version == version:
                assert prediction.task_id not in found, f"task {prediction.task_id} has {version} twice"
                found[prediction.task_id] = prediction
        return found

    def describe_project(self, project_id: int) -> ProjectDescription:
        self.before_call("describe_project")
        return ProjectDescription(
            project_id=project_id,
            title="A project",
            instruction="",
            label_config=self.label_config,
            created_at=self.created_at,
            model_version=self.model_version,
            sampling="",
            maximum_annotations=self.overlap,
            overlap_cohort_percentage=self.cohort_percentage,
            skip_queue=self.skip_queue,
        )

    def list_tasks(self, project_id: int, schema: LabelSchema) -> Iterator[TaskText]:
        self.before_call("list_tasks")
        return iter(
            [TaskText(task_id=task_id, text=text, overlap=self.overlap) for task_id, text in self.tasks.items()]
        )

    def list_annotations(self, project_id: int, schema: LabelSchema) -> list[Annotation]:
        self.before_call("list_annotations")
        return list(self.annotations.values())

    def count_predictions(self, project_id: int) -> dict[str, int]:
        self.before_call("count_predictions")
        versions = [prediction.model_version for prediction in self.predictions]
        return {version: versions.count(version) for version in set(versions)}

    def list_predictions(self, project_id: int, schema: LabelSchema, model_version: str) -> list[Prediction]:
        self.before_call("list_predictions")
        return [prediction for prediction in self.predictions if prediction.model_version == model_version]

    def push_predictions(self, project_id: int, schema: LabelSchema, predictions: Sequence[Prediction]) -> int:
        self.before_call("push_predictions")
        existing = [prediction for prediction in predictions if prediction.task_id in self.tasks]
        self.imports.append(existing)
        self.before_call("after push_predictions")
        return len(existing)

    def serve_lowest_score_first(self, project_id: int, model_version: str) -> bool:
        self.before_call("serve_lowest_score_first")
        if model_version not in {prediction.model_version for prediction in self.predictions}:
            raise LabelStudioRefused(f"no prediction has version {model_version}", status=400)
        self.model_version = model_version
        return True
