"""A project's tasks and annotations, read page by page.

Annotations are not read by an export: each one leaves its answer in Label Studio's data folder for good, and the
"snapshots" of 1.23.2 leave theirs even when they are deleted. Pages leave nothing. In Label Studio 1.23.2 on SQLite,
with two predictions a task:

| tasks, of which annotated | time, in that of an export | bytes, in those of an export | what an export leaves |
|---|---|---|---|
| 1,000, all | 1.1 | 0.2 | 1.7 MB |
| 5,000, all | 1.2 | 0.2 | 8.5 MB |
| 5,000, 500 | 1.3 | 0.2 | 0.8 MB |
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from mraru.labelstudio.api.api_calls import Calls
from mraru.labelstudio.api.label_studio_refusals import describe_foreign
from mraru.labelstudio.formats.ids import require_id

PAGE_SIZE = 1000  # tasks; with the 100 that Label Studio's API has else, a list takes several times as long

IS_ANNOTATED: Mapping[str, object] = {
    "filter": "filter:tasks:annotations_ids",  # also where all of them are skips, which `total_annotations` is not
    "operator": "empty",
    "type": "Number",
    "value": False,
}
# Label Studio applies these names to a task and to its annotations alike.
OF_ANNOTATIONS = (
    *("id", "annotations", "task", "result", "was_cancelled", "ground_truth", "completed_by", "updated_by"),
    *("lead_time", "parent_prediction", "updated_at"),
)

Row = Mapping[str, object]


class TaskPages(Calls):
    """Lists of one Label Studio; every method raises as those of `LabelStudioClient` do."""

    def read_annotations(self, project_id: int) -> Iterator[Row]:
        """All annotations of a project, skips included; drafts are none."""
        asked = {"fields": "all", "include": ",".join(OF_ANNOTATIONS)}
        for page in self.read_pages(project_id, asked, (IS_ANNOTATED,)):
            for task in page:
                yield from self.rows_of(task, "annotations")

    def read_pages(
        self, project_id: int, asked: Mapping[str, object], filters: Sequence[Row] = ()
    ) -> Iterator[Sequence[Row]]:
        """Tasks by number in pages; each begins after the last task of the one before, whatever is deleted meanwhile.

        Args:
            asked: fields of the address.
            filters: as in a tab of the Data Manager; all must hold.
        """
        last_id = 0
        while True:
            listed, n_matching = self.read_page(project_id, asked, last_id, filters)
            if listed:
                yield listed
            # not by the page's length: TASK_API_PAGE_SIZE_MAX may make it shorter than was asked for
            if not listed or n_matching <= len(listed):
                return
            last_id = require_id(listed[-1], "id")

    def read_page(
        self,
        project_id: int,
        asked: Mapping[str, object],
        last_id: int,
        filters: Sequence[Row] = (),
        *,
        page_size: int | None = None,
    ) -> tuple[Sequence[Row], int]:
        """The tasks after one, and how many there are after it.

        Args:
            page_size: tasks at most; PAGE_SIZE when None.
        """
        after = {"filter": "filter:tasks:id", "operator": "greater", "type": "Number", "value": last_id}
        query = {"filters": {"conjunction": "and", "items": [*filters, after]}, "ordering": ["tasks:id"]}
        fields = {
            "project": project_id,
            "page": 1,
            "page_size": page_size or PAGE_SIZE,
            "query": json.dumps(query),
        }
        answer = self._call("GET", "api/tasks/", f"project {project_id}", query={**asked, **fields})
        listed = self.rows_of(answer, "tasks")
        if listed and require_id(listed[0], "id") <= last_id:
            raise describe_foreign(self.url)  # it would list the same for ever
        n_matching = answer.get("total") if isinstance(answer, Mapping) else None
        return listed, n_matching if isinstance(n_matching, int) else len(listed) + bool(listed)

    def rows_of(self, answer: object, key: str) -> Sequence[Row]:
        """The objects in a list of an answer.

        Raises:
            LabelStudioUnreachable: there is no such list, so this is no answer of Label Studio's.
        """
        rows = answer.get(key) if isinstance(answer, Mapping) else None
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            raise describe_foreign(self.url)
        return rows
