"""A Label Studio in memory, as far as the loop asks for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from fakes.label_studio_views import FakeViews
from mraru.errors import LabelStudioRefused
from mraru.interfaces import KnownTexts
from mraru.labelstudio.api.label_studio_refusals import describe_gone
from mraru.labelstudio.texts.task_text import list_addresses, read_task
from mraru.records import Annotation, HeldPrediction, Prediction, ProjectDescription, TaskText, TextFault
from mraru.schema_records import LabelSchema

LABELS = ("sport", "tech", "food")
PAGE_SIZE = 25  # tasks, where all are listed


def label_config(labels: Sequence[str] = LABELS, *, in_files: bool = False) -> str:
    choices = "".join(f'<Choice value="{label}"/>' for label in labels)
    value_type = ' valueType="url"' if in_files else ""
    text = f'<Text name="text" value="$text"{value_type}/>'
    return f'<View>{text}<Choices name="label" toName="text">{choices}</Choices></View>'


class FakeLabelStudio(FakeViews):
    """Fills the protocols LabelStudio and LabelStudioViews for one project; `before_call` sees each call first."""

    def __init__(self, texts: Sequence[str] = (), labels: Sequence[str] = LABELS, project_id: int = 1) -> None:
        super().__init__()
        self.project_id = project_id
        self.label_config = label_config(labels)
        self.created_at = "2026-01-01T00:00:00Z"
        self.tasks: dict[int, str] = dict(enumerate(texts, start=1))
        self.fields: tuple[str, ...] = ("text",)  # of each task's data
        self.files: dict[str, str | TextFault] = {}  # what is behind the addresses that tasks have for texts
        self.fetched: list[str] = []  # addresses, in the order in which they were asked for
        self.annotations: dict[int, Annotation] = {}
        self.held: dict[int, HeldPrediction] = {}  # predictions by number
        self.imports: list[list[Prediction]] = []  # one entry a bulk import
        self.changes: list[int] = []  # predictions that were changed in place, in order
        self.deletions: list[int] = []  # predictions that were deleted by us
        self.n_looks = 0  # tasks that were looked at
        self.model_version: str | None = None
        self.overlap = 1  # people who are to label each task
        self.cohort_percentage = 100
        self.skip_queue = "REQUEUE_FOR_OTHERS"
        self.is_gone = False  # deleted, or hidden from us: every call is refused with 404

    @property
    def predictions(self) -> list[HeldPrediction]:
        return list(self.held.values())

    def of_version(self, version: str | None) -> dict[int, HeldPrediction]:
        """Predictions of a version by task; a task that has two of them fails the test."""
        found: dict[int, HeldPrediction] = {}
        for prediction in self.predictions:
            if prediction.model_version == version:
                assert prediction.task_id not in found, f"task {prediction.task_id} has {version} twice"
                found[prediction.task_id] = prediction
        return found

    def keep(self, prediction: Prediction) -> int:
        """Hold a prediction, however it came here, and return its number."""
        prediction_id = 1000 + len(self.held) + len(self.deletions)
        while prediction_id in self.held:
            prediction_id += 1
        self.held[prediction_id] = _hold(prediction_id, prediction)
        return prediction_id

    def _begin(self, name: str) -> None:
        self.before_call(name)
        if self.is_gone:
            gone = describe_gone("http://label-studio", self.project_id)
            raise gone if name == "describe_project" else LabelStudioRefused("no such thing", status=404)

    def describe_project(self, project_id: int) -> ProjectDescription:
        self._begin("describe_project")
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

    def list_tasks(self, project_id: int, schema: LabelSchema, known: KnownTexts | None = None) -> Iterator[TaskText]:
        self._begin("list_tasks")
        return iter([self._read(task, schema, known) for task in self.tasks])

    def _read(self, task_id: int, schema: LabelSchema, known: KnownTexts | None) -> TaskText:
        """A task, with what its file holds where the label config fetches one."""
        task_data = {schema.text_field: self.tasks[task_id]}
        task = read_task(task_id, task_data, schema, self.overlap)
        if task.fault is not TextFault.NOT_FETCHED:
            return task
        texts = known([str(task.source_hash)]) if known is not None else {}
        if task.source_hash in texts:
            return replace(task, text=texts[task.source_hash], fault=None)
        addresses = list_addresses(task_data, schema)
        self.fetched += addresses
        files = {address: self.files.get(address, TextFault.NO_FILE) for address in addresses}
        return read_task(task_id, task_data, schema, self.overlap, files)

    def list_fields(self, project_id: int) -> tuple[str, ...]:
        self._begin("list_fields")
        return self.fields if self.tasks else ()

    def list_annotations(self, project_id: int, schema: LabelSchema) -> list[Annotation]:
        self._begin("list_annotations")
        return list(self.annotations.values())

    def count_predictions(self, project_id: int) -> dict[str, int]:
        self._begin("count_predictions")
        return dict(Counter(prediction.model_version for prediction in self.predictions))

    def list_predictions(
        self, project_id: int, schema: LabelSchema, task_ids: Sequence[int]
    ) -> dict[int, list[HeldPrediction]]:
        self._begin("list_predictions")
        self.n_looks += len(task_ids)
        return self._list(task_ids)

    def list_all_predictions(self, project_id: int, schema: LabelSchema) -> Iterator[dict[int, list[HeldPrediction]]]:
        task_ids = sorted(self.tasks)
        for start in range(0, len(task_ids), PAGE_SIZE):
            self.before_call("list_all_predictions")
            yield self._list(task_ids[start : start + PAGE_SIZE])

    def list_parents(self, task_id: int) -> set[int]:
        self.before_call("list_parents")
        of_task = [annotation for annotation in self.annotations.values() if annotation.task_id == task_id]
        return {found.parent_prediction for found in of_task if found.parent_prediction is not None}

    def push_predictions(self, project_id: int, schema: LabelSchema, predictions: Sequence[Prediction]) -> int:
        self._begin("push_predictions")
        existing = [prediction for prediction in predictions if prediction.task_id in self.tasks]
        self.imports.append(existing)
        for prediction in existing:
            self.keep(prediction)
        self.before_call("after push_predictions")
        return len(existing)

    def create_prediction(self, schema: LabelSchema, prediction: Prediction) -> int | None:
        self.before_call("create_prediction")
        prediction_id = self.keep(prediction) if prediction.task_id in self.tasks else None
        self.before_call("after create_prediction")
        return prediction_id

    def change_prediction(self, schema: LabelSchema, prediction_id: int, prediction: Prediction) -> bool:
        self.before_call("change_prediction")
        is_there = prediction_id in self.held
        if is_there:
            self.held[prediction_id] = _hold(prediction_id, prediction)
            self.changes.append(prediction_id)
        self.before_call("after change_prediction")
        return is_there

    def delete_prediction(self, prediction_id: int) -> None:
        self.before_call("delete_prediction")
        self.held.pop(prediction_id, None)
        self.deletions.append(prediction_id)
        for number, annotation in self.annotations.items():
            if annotation.parent_prediction == prediction_id:
                self.annotations[number] = replace(annotation, parent_prediction=None)
        self.before_call("after delete_prediction")

    def _list(self, task_ids: Sequence[int]) -> dict[int, list[HeldPrediction]]:
        found: dict[int, list[HeldPrediction]] = {task_id: [] for task_id in task_ids if task_id in self.tasks}
        for prediction in self.predictions:
            if prediction.task_id in found:
                found[prediction.task_id].append(prediction)
        return found

    def serve_lowest_score_first(self, project_id: int, model_version: str) -> bool:
        self._begin("serve_lowest_score_first")
        if model_version not in {prediction.model_version for prediction in self.predictions}:
            raise LabelStudioRefused(f"no prediction has version {model_version}", status=400)
        self.model_version = model_version
        return True


def _hold(prediction_id: int, prediction: Prediction) -> HeldPrediction:
    return HeldPrediction(
        prediction_id=prediction_id,
        task_id=prediction.task_id,
        model_version=prediction.model_version,
        label=prediction.label,
        score=prediction.score,
        note=prediction.note,
        marks=prediction.marks,
    )
