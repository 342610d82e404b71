"""The part of Label Studio's API that is about tasks, their texts and what people said of them.

Label Studio 1.23 stores half of a character (a lone surrogate, as of an emoji that was cut in two) and then answers
500 to each page of tasks that holds it. Lists that leave the data out still come.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from http import HTTPStatus

from mraru.errors import LabelStudioUnreachable
from mraru.labelstudio.api import task_pages
from mraru.labelstudio.api.task_pages import Row, TaskPages
from mraru.labelstudio.formats.annotation_json import to_annotation
from mraru.labelstudio.formats.ids import require_id
from mraru.labelstudio.texts.task_text import read_task
from mraru.records import Annotation, TaskText, TextFault
from mraru.schema_records import LabelSchema

logger = logging.getLogger(__name__)

NARROWER = 10  # parts into which a page is cut that cannot be had in one
WITH_TEXTS = {"fields": "task_only", "include": "id,data,overlap"}
WITHOUT_TEXTS = {"fields": "task_only", "include": "id,overlap"}


class TaskCalls(TaskPages):
    """Tasks of one Label Studio; every method raises as those of `LabelStudioClient` do."""

    def list_tasks(self, project_id: int, schema: LabelSchema) -> Iterator[TaskText]:
        """All tasks of a project by id, fetched page by page (5,000 tasks: about 2 s).

        One that Label Studio cannot show comes without its text.
        """
        last_id, is_last = 0, False
        while not is_last:
            listed, is_last = self._read_after(project_id, schema, last_id, task_pages.PAGE_SIZE)
            yield from listed
            last_id = listed[-1].task_id if listed else last_id

    def list_fields(self, project_id: int) -> tuple[str, ...]:
        """The fields that the first task has in its data; none where there is no task, or it cannot be shown."""
        try:
            listed, _ = self.read_page(project_id, WITH_TEXTS, 0, page_size=1)
        except LabelStudioUnreachable as exc:
            if exc.status != HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
            return ()
        return tuple(_fields_of(listed[0])) if listed else ()

    def list_annotations(self, project_id: int, schema: LabelSchema) -> list[Annotation]:
        """All annotations of a project, skips included, fetched page by page; see `task_pages` for what that takes."""
        read = {require_id(raw, "id"): raw for raw in self.read_annotations(project_id)}
        return [to_annotation(raw, schema) for raw in read.values()]

    def _read_after(
        self, project_id: int, schema: LabelSchema, last_id: int, page_size: int
    ) -> tuple[list[TaskText], bool]:
        """The tasks after one, and whether they are the last; those that Label Studio cannot show have a fault."""
        try:
            rows, n_matching = self.read_page(project_id, WITH_TEXTS, last_id, page_size=page_size)
        except LabelStudioUnreachable as exc:
            if exc.status != HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
        else:
            return [_read(row, schema) for row in rows], n_matching <= len(rows)
        shells, n_matching = self.read_page(
            project_id, WITHOUT_TEXTS, last_id, page_size=page_size
        )  # or it fails again
        tasks: list[TaskText] = []
        end = require_id(shells[-1], "id") if shells else last_id
        while last_id < end:
            if page_size == 1:
                tasks.append(self._read_alone(project_id, schema, last_id, shells[0]))
            else:
                listed, _ = self._read_after(project_id, schema, last_id, max(1, page_size // NARROWER))
                if not listed:
                    break  # deleted meanwhile
                tasks += listed
            last_id = tasks[-1].task_id
        return tasks, n_matching <= len(tasks)

    def _read_alone(self, project_id: int, schema: LabelSchema, last_id: int, shell: Row) -> TaskText:
        """A task whose page of one failed, tried once more, so that no passing fault counts as its own."""
        task_id = require_id(shell, "id")
        try:
            rows, _ = self.read_page(project_id, WITH_TEXTS, last_id, page_size=1)
        except LabelStudioUnreachable as exc:
            if exc.status != HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
            rows = ()
        if rows:
            return _read(rows[0], schema)
        logger.warning(
            "Label Studio cannot show task %d of project %d", task_id, project_id, extra={"event": "task_not_shown"}
        )
        return TaskText(task_id=task_id, text="", overlap=_overlap_of(shell) or 1, fault=TextFault.NOT_LISTED)


def _read(row: Row, schema: LabelSchema) -> TaskText:
    return read_task(require_id(row, "id"), _fields_of(row), schema, _overlap_of(row))


def _fields_of(row: Row) -> Mapping[str, object]:
    data = row.get("data")
    return data if isinstance(data, Mapping) else {}


def _overlap_of(row: Row) -> int | None:
    overlap = row.get("overlap")
    return overlap if isinstance(overlap, int) else None
