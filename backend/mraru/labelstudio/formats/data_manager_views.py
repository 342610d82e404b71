"""What each of our tabs in Label Studio's Data Manager shows, and how one that the team changed is brought up to date.

Label Studio calls a tab a view. What its own screens can show is less than what its API takes (seen in 1.23.2): the
operator `in_list` breaks every tab of the project, `regex` on the task's number is emptied, and 400 filters hang the
page. So disagreement, ties and audit are marks in our predictions, which one filter finds; no annotation gets them.

A column of a tab shows what Label Studio stores, as it is: there is none for the label alone. So the tabs show the
predictions with their marks in front, the score, and which versions there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mraru.labelstudio.formats.marks import DISAGREEMENT_MARK, TIE_MARK, audit_code

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
    TabKind.LLM: "Open, labelled by LLM",
    TabKind.STUDENT: "Open, labelled by student alone",
    TabKind.CORRECTED: "Labelled by people",
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
_OPINIONS = ("predictions_score", "predictions_results", "predictions_model_versions")
SHOWN: Mapping[TabKind, tuple[str, ...]] = {
    TabKind.REVIEW: _OPINIONS,
    TabKind.TIES: ("annotations_results",),
    TabKind.AUDIT: (),  # whoever labels it should see neither label nor score before
    TabKind.LLM: _OPINIONS,
    TabKind.STUDENT: _OPINIONS,
    TabKind.CORRECTED: ("annotations_results",),  # with predictions beside them, SQLite repeats each
}
OF_FINISHED = ("completed_at", "annotators")  # say next to nothing where opinions are shown: those tasks are open
WIDTHS: Mapping[str, int] = {"predictions_results": 420, "predictions_model_versions": 200}  # pixels


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


def define_tabs(
    *,
    project_id: int,
    teacher_versions: Sequence[str],
    has_audit: bool,
    has_ties: bool = False,
    teacher: str = "LLM",
) -> tuple[Tab, ...]:
    """Our tabs of a project.

    Args:
        teacher_versions: the model versions of the LLMs' own labels.
        has_audit: whether an audit sample was drawn.
        has_ties: whether people may be evenly split on a task.
        teacher: what the teacher is called in titles.

    >>> tabs = define_tabs(project_id=1, teacher_versions=["mraru-gpt-4.1"], has_audit=False)
    >>> [tab.content.title for tab in tabs]
    ['Review: LLM and student disagree', 'Open, labelled by LLM', 'Open, labelled by student alone', \
'Labelled by people']
    """
    # Empty until as many people labelled the task as its overlap says.
    open_ = _filter("completed_at", "empty", "Datetime", True)
    by_score = ("tasks:predictions_score",)
    filters: dict[TabKind, tuple[ViewFilter, ...]] = {
        TabKind.REVIEW: (_marked(DISAGREEMENT_MARK), open_),
        TabKind.TIES: (_marked(TIE_MARK),),
        TabKind.AUDIT: (_marked(audit_code(project_id)),),
        TabKind.LLM: (_of_versions("contains", teacher_versions), open_),
        TabKind.STUDENT: (
            _above_zero("total_predictions"),
            *((_of_versions("not_contains", teacher_versions),) if teacher_versions else ()),
            open_,
        ),
        # Whether they changed a label or confirmed it. Without a lead time, Label Studio made the annotation of a
        # prediction, or it was imported.
        TabKind.CORRECTED: (_above_zero("total_annotations"), _above_zero("avg_lead_time")),
    }
    last_completed = ("-tasks:completed_at",)
    ordering = {
        TabKind.TIES: last_completed,
        TabKind.AUDIT: by_score,  # that of a task that waits is its turn: labelled in this order, each counts at once
        TabKind.CORRECTED: last_completed,
    }
    needed = {TabKind.TIES: has_ties, TabKind.AUDIT: has_audit, TabKind.LLM: bool(teacher_versions)}
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
    asked = set(shown)
    seldom = (*SELDOM_SHOWN, *OF_FINISHED) if asked.issuperset(_OPINIONS) else SELDOM_SHOWN
    explore = [f"tasks:{name}" for name in seldom if name not in asked]
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
    merged = [new.get(_key(item)) if item in written.filters else item for item in current.filters]
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


def _marked(mark: str) -> ViewFilter:
    return _filter("predictions_results", "contains", "String", mark)


def _of_versions(operator: str, versions: Sequence[str]) -> ViewFilter:
    return _filter("predictions_model_versions", operator, "List", tuple(versions))


def _above_zero(column: str) -> ViewFilter:
    return _filter(column, "greater", "Number", 0)


def _filter(column: str, operator: str, type_: str, value: object) -> ViewFilter:
    return ViewFilter(column=f"filter:tasks:{column}", operator=operator, type=type_, value=value)
