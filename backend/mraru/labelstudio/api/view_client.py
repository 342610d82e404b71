"""The part of Label Studio's API that is about tabs of its Data Manager."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from mraru.labelstudio.api.api_calls import Calls
from mraru.labelstudio.api.view_json import read_view, to_json
from mraru.labelstudio.formats.data_manager_views import WIDTHS, StoredView, ViewContent, hidden_columns


class ViewCalls(Calls):
    """Tabs of one Label Studio; every method raises as those of `LabelStudioClient` do."""

    def list_views(self, project_id: int) -> list[StoredView]:
        """All tabs of a project, in their order."""
        rows = self._call("GET", f"api/dm/views/?project={project_id}", f"tabs of project {project_id}")
        return [read_view(cast(Mapping[str, object], row)) for row in cast(Sequence[object], rows)]

    def create_view(self, project_id: int, content: ViewContent, shown: Sequence[str] = ()) -> int:
        """Make a tab at the end and return its number; `shown` are columns beside those of Label Studio's own tab."""
        widths = {f"tasks:{name}": WIDTHS[name] for name in shown if name in WIDTHS}
        fields = {**to_json(content), "hiddenColumns": hidden_columns(shown), "columnsWidth": widths}
        body = {"project": project_id, "data": fields}
        made = self._call("POST", f"api/dm/views/?project={project_id}", f"making the tab '{content.title}'", body)
        return read_view(cast(Mapping[str, object], made)).view_id

    def change_view(self, project_id: int, view_id: int, content: ViewContent) -> None:
        """Change what a tab shows; its display settings (columns, widths) stay, which Label Studio would drop."""
        subject = f"tab {view_id} of project {project_id}"
        path = f"api/dm/views/{view_id}/?project={project_id}"
        held = cast(Mapping[str, object], self._call("GET", path, subject))
        display = cast(Mapping[str, object], held.get("data") or {})
        self._call("PATCH", path, subject, {"project": project_id, "data": {**display, **to_json(content)}})

    def delete_view(self, project_id: int, view_id: int) -> None:
        self._call("DELETE", f"api/dm/views/{view_id}/?project={project_id}", f"tab {view_id} of project {project_id}")

    def order_views(self, project_id: int, view_ids: Sequence[int]) -> None:
        """Put the tabs of a project into this order."""
        body = {"project": project_id, "ids": list(view_ids)}
        self._call("POST", "api/dm/views/order/", f"the order of tabs of project {project_id}", body)
