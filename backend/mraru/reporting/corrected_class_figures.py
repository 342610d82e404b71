"""Which labels of the LLM's people change into which, with typical texts."""

from __future__ import annotations

from dataclasses import dataclass

from mraru.bootstrap import Services
from mraru.errors import ProjectUnknown
from mraru.projects.definitions.definition_drafting import read_corrections
from mraru.projects.project_schema import schema_of
from mraru.quality.agreement.class_corrections import OFTEN, CorrectedClass
from mraru.schema_records import LabelSchema
from mraru.store.projects.project_repository import Project

MAX_TEXT_CHARS = 300  # of a typical text that is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class TypicalText:
    """A text that people corrected."""

    text_hash: str
    task_ids: tuple[int, ...]
    text: str  # its head, if it is long


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedClassFigures:
    """One label of the LLM's that people changed into one other."""

    teacher_label: str
    gold_label: str
    n_corrected: int
    n_checked: int  # texts that the LLM labelled so and people labelled too: no sample of all that it labelled so
    is_often: bool  # at least OFTEN corrections: worth a sharper definition
    typical: tuple[TypicalText, ...]  # the most typical first


def find_known_project(services: Services, project_id: int) -> tuple[Project, LabelSchema]:
    """The project and what its label config asks.

    Raises:
        ProjectUnknown: this backend does not know it.
        LabelConfigError: its label config is not supported.
    """
    project = services.require_store().projects.get(project_id)
    if project is None:
        raise ProjectUnknown(f"Project {project_id} is not connected to this backend.")
    return project, schema_of(project)


def read_corrected_classes(services: Services, project_id: int) -> tuple[CorrectedClassFigures, ...]:
    """Every pair of labels that people corrected, the most frequent first.

    Raises:
        ProjectUnknown: this backend does not know the project.
        LabelConfigError: its label config is not supported.
    """
    _, schema = find_known_project(services, project_id)
    pairs = read_corrections(services.store, project_id, schema, services.embedder.name).classes
    names = sorted({name for pair in pairs for name in pair.typical})
    texts = services.store.tasks.load_texts(project_id, names)
    tasks_of = services.store.tasks.list_tasks_of(project_id, names)
    shown = {
        name: TypicalText(text_hash=name, task_ids=tuple(sorted(tasks_of.get(name, ()))), text=_head(text))
        for name, text in texts.items()
    }
    return tuple(_figures(pair, shown) for pair in pairs)


def _figures(pair: CorrectedClass, shown: dict[str, TypicalText]) -> CorrectedClassFigures:
    return CorrectedClassFigures(
        teacher_label=pair.teacher_label,
        gold_label=pair.gold_label,
        n_corrected=pair.n_corrected,
        n_checked=pair.n_checked,
        is_often=pair.n_corrected >= OFTEN,
        typical=tuple(shown[name] for name in pair.typical if name in shown),
    )


def _head(text: str) -> str:
    return text if len(text) <= MAX_TEXT_CHARS else text[: MAX_TEXT_CHARS - 1] + "…"
