"""The part of Label Studio's API that is about tasks, their texts and what people said of them.

Label Studio 1.23 stores half of a character (a lone surrogate, as of an emoji that was cut in two) and then answers
500 to each page of tasks that holds it. Lists that leave the data out still come.

Where the label config shows files, lists come with the addresses as tasks have them, and the files are fetched.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus

from mraru.errors import LabelStudioUnreachable
from mraru.interfaces import KnownTexts
from mraru.labelstudio.api import task_pages
from mraru.labelstudio.api.task_pages import Row, TaskPages
from mraru.labelstudio.api.text_files import TextFiles
from mraru.labelstudio.formats.annotation_json import to_annotation
from mraru.labelstudio.formats.ids import require_id
from mraru.labelstudio.texts.task_text import NO_FILES, Files, list_addresses, read_task
from mraru.records import Annotation, TaskText, TextFault
from mraru.schema_records import LabelSchema

logger = logging.getLogger(__name__)

NARROWER = 10  # parts into which a page is cut that cannot be had in one
FETCHED_AT_ONCE = 50  # tasks whose files are fetched before the first of them is handed on
WITH_TEXTS = {"fields": "task_only", "include": "id,data,overlap"}
WITH_ADDRESSES = {**WITH_TEXTS, "resolve_uri": "false"}  # as they are, not as Label Studio's editor asks for them
WITHOUT_TEXTS = {"fields": "task_only", "include": "id,overlap"}


class TaskCalls(TaskPages):
    """Tasks of one Label Studio; every method raises as those of `LabelStudioClient` do."""

    _files: TextFiles

    def list_tasks(self, project_id: int, schema: LabelSchema, known: KnownTexts | None = None) -> Iterator[TaskText]:
        """All tasks of a project by id, fetched page by page (5,000 tasks: about 2 s, and what their files take).

        One that Label Studio cannot show comes without its text, and so does one whose file cannot be had.

        Args:
            known: gives texts whose files need not be fetched.
        """
        asked = WITH_ADDRESSES if schema.has_addresses else WITH_TEXTS
        last_id, is_last = 0, False
        while not is_last:
            rows, is_last = self._read_after(project_id, asked, last_id, task_pages.PAGE_SIZE)
            yield from self._read_texts(project_id, rows, schema, known)
            last_id = require_id(rows[-1], "id") if rows else last_id

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

    def _read_texts(
        self, project_id: int, rows: Sequence[Row], schema: LabelSchema, known: KnownTexts | None
    ) -> Iterator[TaskText]:
        if not schema.has_addresses:
            yield from (_read(row, schema) for row in rows)
            return
        for start in range(0, len(rows), FETCHED_AT_ONCE):
            yield from self._read_with_files(project_id, rows[start : start + FETCHED_AT_ONCE], schema, known)

    def _read_with_files(
        self, project_id: int, rows: Sequence[Row], schema: LabelSchema, known: KnownTexts | None
    ) -> list[TaskText]:
        read = [_read(row, schema) for row in rows]
        waiting = {task.source_hash for task in read if task.fault is TextFault.NOT_FETCHED} - {None}
        texts = known([str(each) for each in waiting]) if known is not None and waiting else {}
        wanted = {
            address: task.task_id
            for row, task in zip(rows, read, strict=True)
            if task.fault is TextFault.NOT_FETCHED and task.source_hash not in texts
            for address in list_addresses(_fields_of(row), schema)
        }
        files = self._files.fetch_all(project_id, wanted)
        return [
            replace(task, text=texts[str(task.source_hash)], fault=None)
            if task.source_hash in texts
            else _read(row, schema, files)
            for row, task in zip(rows, read, strict=True)
        ]

    def _read_after(
        self, project_id: int, asked: Mapping[str, object], last_id: int, page_size: int
    ) -> tuple[list[Row], bool]:
        """The tasks after one, and whether they are the last; those that Label Studio cannot show have no data."""
        try:
            rows, n_matching = self.read_page(project_id, asked, last_id, page_size=page_size)
        except LabelStudioUnreachable as exc:
            if exc.status != HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
        else:
            return list(rows), n_matching <= len(rows)
        shells, n_matching = self.read_page(
            project_id, WITHOUT_TEXTS, last_id, page_size=page_size
        )  # or it fails again
        tasks: list[Row] = []
        end = require_id(shells[-1], "id") if shells else last_id
        while last_id < end:
            if page_size == 1:
                tasks.append(self._read_alone(project_id, asked, last_id, shells[0]))
            else:
                listed, _ = self._read_after(project_id, asked, last_id, max(1, page_size // NARROWER))
                if not listed:
                    break  # deleted meanwhile
                tasks += listed
            last_id = require_id(tasks[-1], "id")
        return tasks, n_matching <= len(tasks)

    def _read_alone(self, project_id: int, asked: Mapping[str, object], last_id: int, shell: Row) -> Row:
        """A task whose page of one failed, tried once more, so that no passing fault counts as its own."""
        try:
            rows, _ = self.read_page(project_id, asked, last_id, page_size=1)
        except LabelStudioUnreachable as exc:
            if exc.status != HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
            rows = ()
        if rows:
            return rows[0]
        logger.warning(
            "Label Studio cannot show task %d of project %d",
            require_id(shell, "id"),
            project_id,
            extra={"event": "task_not_shown"},
        )
        return shell


def _read(row: Row, schema: LabelSchema, files: Files = NO_FILES) -> TaskText:
    task_id, overlap = require_id(row, "id"), _overlap_of(row)
    if "data" not in row:
        return TaskText(task_id=task_id, text="", overlap=overlap or 1, fault=TextFault.NOT_LISTED)
    return read_task(task_id, _fields_of(row), schema, overlap, files)


def _fields_of(row: Row) -> Mapping[str, object]:
    data = row.get("data")
    return data if isinstance(data, Mapping) else {}


def _overlap_of(row: Row) -> int | None:
    overlap = row.get("overlap")
    return overlap if isinstance(overlap, int) else None
