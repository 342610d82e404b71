"""The tabs of a Data Manager in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from mraru.errors import LabelStudioRefused
from mraru.labelstudio.formats.data_manager_views import StoredView, ViewContent


@dataclass
class FakeViews:
    """Fills the protocol LabelStudioViews for one project; `before_call` sees the name of each call first."""

    contents: dict[int, ViewContent] = field(default_factory=dict)  # in the order of the tabs
    calls: list[str] = field(default_factory=list)
    last_id: int = 0
    before_call: Callable[[str], None] = lambda name: None

    @property
    def titles(self) -> list[str]:
        return [content.title for content in self.contents.values()]

    def find(self, title: str) -> int:
        return next(view_id for view_id, content in self.contents.items() if content.title == title)

    def change_by_hand(self, of_title: str, **changes: object) -> None:
        """What the team does to a tab in Label Studio's own screens."""
        view_id = self.find(of_title)
        self.contents[view_id] = replace(self.contents[view_id], **changes)

    def list_views(self, project_id: int) -> list[StoredView]:
        self._note("list_views")
        return [StoredView(view_id=view_id, content=content) for view_id, content in self.contents.items()]

    def create_view(self, project_id: int, content: ViewContent, shown: Sequence[str] = ()) -> int:
        self._note("create_view")
        self.last_id += 1
        self.contents[self.last_id] = content
        self._note("after create_view")
        return self.last_id

    def change_view(self, project_id: int, view_id: int, content: ViewContent) -> None:
        self._note("change_view")
        self._demand(view_id)
        self.contents[view_id] = content

    def delete_view(self, project_id: int, view_id: int) -> None:
        self._note("delete_view")
        self._demand(view_id)
        del self.contents[view_id]

    def order_views(self, project_id: int, view_ids: Sequence[int]) -> None:
        self._note("order_views")
        assert sorted(view_ids) == sorted(self.contents)
        self.contents = {view_id: self.contents[view_id] for view_id in view_ids}

    def _note(self, name: str) -> None:
        self.calls.append(name)
        self.before_call(name)

    def _demand(self, view_id: int) -> None:
        if view_id not in self.contents:
            raise LabelStudioRefused(f"there is no tab {view_id}", status=404)
