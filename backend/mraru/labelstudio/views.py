"""What each of our tabs in Label Studio's Data Manager shows, and how one that the team changed is brought up to date.

Label Studio calls a tab a view. What its own screens can show is less than what its API takes (seen in 1.23.2): the
operator `in_list` breaks every tab of the project, `regex` on the task's number is emptied, and 400 filters hang the
page. So disagreement, ties and audit are marks in our predictions, which one filter finds; no annotation gets them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

AUDIT_MARK = "mraru:audit"
_DISAGREEMENT = ":disagreement"
_TIE = ":tie"
AND = "and"


class TabKind(StrEnum):
    """Our tabs, in their order."""

    REVIEW = "review"
    TIES = "ties"
    AUDIT = "audit"
    LLM = "llm"
    STUDENT = "student"
    CORRECTED = "corrected"


TITLES: Mapping[TabKind, str] = {
    TabKind.REVIEW: "Review: LLM and student disagree",
    TabKind.TIES: "Review: people disagree",
    TabKind.AUDIT: "Audit sample",
    TabKind.LLM: "Labelled by LLM",
    TabKind.STUDENT: "Labelled by student",
    TabKind.CORRECTED: "Corrected",
}
DEFAULT_TITLE = "Default"  # of the tab that Label Studio makes where a project has none
SELDOM_SHOWN = (  # hidden by Label Studio's own first tab
    "inner_id",
    "annotations_results",
    "annotations_ids",
    "predictions_score",
    "predictions_model_versions",
    "predictions_results",
    "file_upload",
    "storage_filename",
    "created_at",
    "updated_at",
    "updated_by",
    "avg_lead_time",
    "draft_exists",
)
SHOWN: Mapping[TabKind, tuple[str, ...]] = {
    TabKind.REVIEW: ("predictions_score",),
    TabKind.TIES: ("annotations_results",),
    TabKind.AUDIT: (),  # whoever labels it should not see the score before
    TabKind.LLM: ("predictions_score",),
    TabKind.STUDENT: ("predictions_score",),
    TabKind.CORRECTED: ("annotations_results",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewFilter:
    """One condition of a tab."""

    column: str  # as the API names it: `filter:tasks:total_annotations`
    operator: str
    type: str
    value: object  # JSON; arrays are tuples
    child: ViewFilter | None = None  # holds besides


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewContent:
    """What a tab shows, without its display settings."""

    title: str
    filters: tuple[ViewFilter, ...] = ()
    ordering: tuple[str, ...] = ()  # columns such as `-tasks:completed_at`; Label Studio goes by the first
    conjunction: str = AND


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredView:
    """A tab as Label Studio holds it."""

    view_id: int
    content: ViewContent


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One of our tabs as it should be."""

    kind: TabKind
    content: ViewContent


def disagreement_mark(model_version: str) -> str:
    """What a student's prediction carries where the LLM says something else.

    >>> disagreement_mark("mraru-logreg-r012")
    'mraru-logreg-r012:disagreement'
    """
    return model_version + _DISAGREEMENT


def tie_mark(model_version: str) -> str:
    """What a student's prediction carries where people are evenly split.

    >>> tie_mark("mraru-logreg-r012")
    'mraru-logreg-r012:tie'
    """
    return model_version + _TIE


def define_tabs(
    *,
    served_version: str,
    teacher_families: Sequence[str],
    has_audit: bool,
    has_ties: bool = False,
    teacher: str = "LLM",
) -> tuple[Tab, ...]:
    """Our tabs of a project.

    Args:
        served_version: the model version of the student's predictions that are served.
        teacher_families: how the model versions of the LLM's predictions begin.
        has_audit: whether an audit sample was drawn.
        has_ties: whether people may be evenly split on a task.
        teacher: what the teacher is called in titles.

    >>> tabs = define_tabs(
    ...     served_version="mraru-logreg-r012", teacher_families=["mraru-gpt-4.1-r"], has_audit=False
    ... )
    >>> [tab.content.title for tab in tabs]
    ['Review: LLM and student disagree', 'Labelled by LLM', 'Labelled by student', 'Corrected']
    """
    # Empty until as many people labelled the task as its overlap says.
    open_ = _filter("completed_at", "empty", "Datetime", True)
    by_score = ("tasks:predictions_score",)
    filters: dict[TabKind, tuple[ViewFilter, ...]] = {
        TabKind.REVIEW: (_marked(disagreement_mark(served_version)), open_),
        TabKind.TIES: (_marked(tie_mark(served_version)),),
        TabKind.AUDIT: (_marked(AUDIT_MARK),),
        TabKind.LLM: (_of_versions("contains", teacher_families), open_),
        TabKind.STUDENT: (
            # Not by versions: Label Studio would pair all predictions of a task with all, rounds times rounds.
            _above_zero("total_predictions"),
            *((_of_versions("not_contains", teacher_families),) if teacher_families else ()),
            open_,
        ),
        # Without a lead time, Label Studio made the annotation of a prediction, or it was imported.
        TabKind.CORRECTED: (_above_zero("total_annotations"), _above_zero("avg_lead_time")),
    }
    last_completed = ("-tasks:completed_at",)
    ordering = {
        TabKind.TIES: last_completed,
        TabKind.AUDIT: ("tasks:total_annotations",),
        TabKind.CORRECTED: last_completed,
    }
    needed = {TabKind.TIES: has_ties, TabKind.AUDIT: has_audit, TabKind.LLM: bool(teacher_families)}
    left_out = {kind for kind, is_needed in needed.items() if not is_needed}
    return tuple(
        Tab(
            kind=kind,
            content=ViewContent(
                title=TITLES[kind].replace("LLM", teacher),
                filters=filters[kind],
                ordering=ordering.get(kind, by_score),
            ),
        )
        for kind in TabKind
        if kind not in left_out
    )


def hidden_columns(shown: Iterable[str]) -> dict[str, list[str]]:
    """The columns that a new tab hides, in its table and beside the editor.

    >>> "tasks:predictions_score" in hidden_columns(["predictions_score"])["explore"]
    False
    """
    explore = [f"tasks:{name}" for name in SELDOM_SHOWN if name not in set(shown)]
    usual = ("id", "completed_at", "cancelled_annotations", "total_predictions", "annotators")
    return {"explore": explore, "labeling": [f"tasks:{name}" for name in (*usual, *SELDOM_SHOWN)]}


def merge_content(*, wanted: ViewContent, written: ViewContent, current: ViewContent) -> ViewContent:
    """What to write, so that the definition moves on and what the team changed in the tab stays.

    Args:
        wanted: what the tab should be now.
        written: what it should have been when it was last written.
        current: what it is.

    >>> old, new = ViewContent(title="A", ordering=("tasks:id",)), ViewContent(title="A", ordering=("-tasks:id",))
    >>> merge_content(wanted=new, written=old, current=ViewContent(title="Ours", ordering=("tasks:id",)))
    ViewContent(title='Ours', filters=(), ordering=('-tasks:id',), conjunction='and')
    """
    new = {_key(item): item for item in wanted.filters}
    # A page that was open since before the last update writes back, with any change of it, an earlier mark of ours.
    kinds = {_kind_of_mark(item) for item in wanted.filters} - {""}
    is_ours = [item in written.filters or _kind_of_mark(item) in kinds for item in current.filters]
    merged = [new.get(_key(item)) if ours else item for item, ours in zip(current.filters, is_ours, strict=True)]
    known = {_key(item) for item in (*written.filters, *current.filters)}
    replaced = [item for item in written.filters if _key(item) not in new]
    if all(item in current.filters for item in replaced):  # else the team took back what something else asks now
        merged += [item for item in wanted.filters if _key(item) not in known]
    return ViewContent(
        title=wanted.title if current.title == written.title else current.title,
        filters=tuple(item for item in merged if item is not None),
        ordering=wanted.ordering if current.ordering == written.ordering else current.ordering,
        conjunction=wanted.conjunction if current.conjunction == written.conjunction else current.conjunction,
    )


def is_same_kind(one: ViewContent, other: ViewContent) -> bool:
    """Whether two tabs have the same title and ask the same of the same columns, whatever the values."""
    return one.title == other.title and [_key(item) for item in one.filters] == [_key(item) for item in other.filters]


def place_new(ordered: Sequence[int], ours: Sequence[int]) -> list[int]:
    """The order of all tabs, with those of ours that are new beside the others of ours, else at the end.

    Args:
        ordered: the tabs that were there, in their order.
        ours: our tabs, in the order of `TabKind`.

    >>> place_new([1, 7, 9, 2], [7, 8, 9]), place_new([1, 2], [3, 4])
    ([1, 7, 8, 9, 2], [1, 2, 3, 4])
    """
    placed = list(ordered)
    for position, view_id in enumerate(ours):
        if view_id in placed:
            continue
        before = [placed.index(other) for other in ours[:position] if other in placed]
        after = [placed.index(other) for other in ours[position + 1 :] if other in placed]
        placed.insert(before[-1] + 1 if before else min(after, default=len(placed)), view_id)
    return placed


def _key(item: ViewFilter) -> tuple[str, str]:
    return item.column, item.operator


def _kind_of_mark(item: ViewFilter) -> str:
    """Of a filter that asks for a mark of some version, what it is a mark of; else empty."""
    is_mark = item.column == _marked("").column and str(item.value).endswith((_DISAGREEMENT, _TIE))
    return str(item.value).rpartition(":")[2] if is_mark else ""


def _marked(mark: str) -> ViewFilter:
    return _filter("predictions_results", "contains", "String", mark)


def _of_versions(operator: str, families: Sequence[str]) -> ViewFilter:
    return _filter("predictions_model_versions", operator, "List", tuple(families))


def _above_zero(column: str) -> ViewFilter:
    return _filter(column, "greater", "Number", 0)


def _filter(column: str, operator: str, type_: str, value: object) -> ViewFilter:
    return ViewFilter(column=f"filter:tasks:{column}", operator=operator, type=type_, value=value)
