"""A page of texts on which people should look, with what the LLM and the student say of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from mraru.store.review.opinions import ConfusionCell, Opinion
from mraru.store.teachers.teacher_labels import TeacherLabel
from mraru.web.dashboard.elements.cards import aria
from mraru.web.dashboard.elements.page_tables import PAGE_SIZE
from mraru.web.dashboard.elements.spelling import NOTHING, shorten, spell_share
from mraru.web.dashboard.page_view import View

TEXT_CHARACTERS = 300  # shown of each text
MOST_TASKS = 3  # links for a text that several tasks have


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputedText:
    """One text of the queue."""

    opinion: Opinion
    teacher: TeacherLabel | None  # None: the LLM was not asked
    text: str
    task_ids: tuple[int, ...]


def list_disputed(view: View, *, cell: ConfusionCell | None = None, only_open: bool = False) -> list[DisputedText]:
    """The texts of this page of the list, the least sure label first."""
    store, project_id = view.services.store, view.project_id
    offset = (view.address.page_number - 1) * PAGE_SIZE
    found = store.opinions.list_lowest(project_id, limit=PAGE_SIZE, offset=offset, cell=cell, only_open=only_open)
    hashes = [opinion.text_hash for opinion in found]
    texts = store.tasks.load_texts(project_id, hashes)
    task_ids = store.tasks.list_tasks_of(project_id, hashes)
    said = store.teacher_labels.load(project_id, hashes)
    return [
        DisputedText(
            opinion=opinion,
            teacher=said.get(opinion.text_hash),
            text=texts.get(opinion.text_hash, ""),
            task_ids=tuple(sorted(task_ids.get(opinion.text_hash, []))),
        )
        for opinion in found
    ]


def make_disputed_list(view: View, name: str, listed: Sequence[DisputedText]) -> Component:
    """The texts, each with both opinions; each opens in Label Studio.

    Args:
        name: what the list is called to screen readers.
    """
    return html.Ol([_make_entry(view, entry) for entry in listed], className="disputes", **aria(label=name))


def _make_entry(view: View, entry: DisputedText) -> Component:
    opinion, teacher = entry.opinion, entry.teacher
    return html.Li(
        [
            html.Div(
                [
                    html.P(["Task ", *_make_links(view, entry.task_ids)]),
                    html.P(_make_label(view.name_label(opinion.final_label), opinion.score), className="score"),
                ]
            ),
            html.P(shorten(entry.text, TEXT_CHARACTERS)),
            html.Div(
                [
                    html.P([f"{view.words.start}: ", *_make_teacher(view, teacher)]),
                    *([html.P(reason, className="reason")] if (reason := _say_reason(view, teacher)) else []),
                    html.P(["Student: ", *_make_label(view.name_label(opinion.label), opinion.confidence)]),
                ]
            ),
        ]
    )


def _make_links(view: View, task_ids: Sequence[int]) -> list[Component | str]:
    links: list[Component | str] = []
    for task_id in task_ids[:MOST_TASKS]:
        links += [view.link_task(task_id), " "]
    if len(task_ids) > MOST_TASKS:
        links.append(f"and {len(task_ids) - MOST_TASKS} more")
    return links or [NOTHING]


def _make_teacher(view: View, teacher: TeacherLabel | None) -> list[Component | str]:
    if teacher is None:
        return ["not asked"]
    return _make_label(view.name_label(teacher.label), teacher.confidence)


def _make_label(label: str, confidence: float | None) -> list[Component | str]:
    sure = f" ({spell_share(confidence, 0)} sure)" if confidence is not None else ""
    return [html.Span(label, className="label"), sure]


def _say_reason(view: View, teacher: TeacherLabel | None) -> str:
    if teacher is None:
        return ""
    votes = "; ".join(f"{vote.teacher}: {view.name_label(vote.label)}" for vote in teacher.votes)
    return " ".join(part for part in (teacher.explanation or teacher.no_label_reason, votes) if part)
