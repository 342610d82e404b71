"""Tabs of the Data Manager as Label Studio's API has them, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mraru.labelstudio.formats.data_manager_views import AND, StoredView, ViewContent, ViewFilter
from mraru.labelstudio.formats.ids import require_id


def to_json(content: ViewContent) -> dict[str, object]:
    """A tab as the `data` of Label Studio's API, without display settings.

    >>> to_json(ViewContent(title="All"))["filters"]
    {'conjunction': 'and', 'items': []}
    """
    items = [_filter_to_json(item) for item in content.filters]
    return {
        "title": content.title,
        "type": "list",
        "target": "tasks",
        "filters": {"conjunction": content.conjunction, "items": items},
        "ordering": list(content.ordering),
    }


def read_view(raw: Mapping[str, object]) -> StoredView:
    """A tab as the API gives it.

    Raises:
        EventInvalid: it has no number.
    """
    return StoredView(view_id=require_id(raw, "id"), content=read_content(raw.get("data")))


def read_content(raw: object) -> ViewContent:
    """The content in a tab's `data`; what is missing counts as empty.

    >>> read_content(to_json(ViewContent(title="All", ordering=("tasks:id",)))).ordering
    ('tasks:id',)
    """
    fields = raw if isinstance(raw, Mapping) else {}
    filters = fields.get("filters")
    filters = filters if isinstance(filters, Mapping) else {}
    ordering = fields.get("ordering")
    return ViewContent(
        title=str(fields.get("title") or ""),
        filters=tuple(_read_filter(item) for item in _sequence(filters.get("items")) if isinstance(item, Mapping)),
        ordering=tuple(str(column) for column in _sequence(ordering)),
        conjunction=str(filters.get("conjunction") or AND),
    )


def _filter_to_json(item: ViewFilter) -> dict[str, object]:
    fields: dict[str, object] = {
        "filter": item.column,
        "operator": item.operator,
        "type": item.type,
        "value": _thaw(item.value),
    }
    if item.child is not None:
        fields["child_filter"] = _filter_to_json(item.child)
    return fields


def _read_filter(raw: Mapping[str, object]) -> ViewFilter:
    child = raw.get("child_filter")
    return ViewFilter(
        column=str(raw.get("filter") or ""),
        operator=str(raw.get("operator") or ""),
        type=str(raw.get("type") or ""),
        value=_freeze(raw.get("value")),
        child=_read_filter(child) if isinstance(child, Mapping) else None,
    )


def _sequence(raw: object) -> Sequence[object]:
    return raw if isinstance(raw, Sequence) and not isinstance(raw, str) else ()


def _freeze(value: object) -> object:
    return tuple(_freeze(item) for item in value) if isinstance(value, list | tuple) else value


def _thaw(value: object) -> object:
    return [_thaw(item) for item in value] if isinstance(value, list | tuple) else value
