"""Proposed definitions of labels, from the wish for one to what came of trying it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, delete, select
from sqlalchemy.dialects.sqlite import insert

from mraru.store.database import Database
from mraru.store.tables.review_tables import definition_drafts


class DraftStatus(StrEnum):
    WANTED = "wanted"  # the worker will have it drafted
    FAILED = "failed"  # it could not be drafted; the reason says why
    READY = "ready"  # to be looked at
    TO_BE_TRIED = "to be tried"  # the worker will try it on texts that people labelled
    TRIED = "tried"


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftTrial:
    """What came of a trial: the prompt with the present definition, and that with the drafted one."""

    n_texts: int  # that people labelled and that both prompts were asked about
    n_right_before: int
    n_right_after: int
    n_mended: int  # wrong before and right after
    n_broken: int  # right before and wrong after
    p_value: float  # of McNemar's exact test
    prompt: str  # names what the LLM was told with the draft: of another prompt, this says nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionDraft:
    """A proposed definition of one label; of each label there is one at most."""

    label: str  # as stored by Label Studio
    definition: str  # empty until it is there
    status: DraftStatus
    reason: str = ""  # why it or its trial failed
    contrast: str | None = None  # the label that it is most confused with
    n_corrected: int = 0  # texts that people changed from one of the two into the other
    shown: tuple[str, ...] = ()  # hashes of the texts that the LLM was shown for it
    model: str = ""  # that drafted it
    cost_usd: float = 0.0  # of drafting
    trial: DraftTrial | None = None  # of this very definition
    created_at: float = 0.0  # seconds since 1970


class DefinitionDraftRepository:
    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def want(self, project_id: int, label: str) -> None:
        """Have a label's definition drafted, instead of what was drafted before."""
        self.save(project_id, DefinitionDraft(label=label, definition="", status=DraftStatus.WANTED))

    def save(self, project_id: int, draft: DefinitionDraft) -> DefinitionDraft:
        """Keep a draft in place of an earlier one of its label; it is returned with the moment."""
        draft = replace(draft, created_at=self._clock())
        values = _values(draft)
        with self._database.write() as connection:
            connection.execute(
                insert(definition_drafts)
                .values(project_id=project_id, label=draft.label, **values)
                .on_conflict_do_update(index_elements=["project_id", "label"], set_=values)
            )
        return draft

    def exchange(self, project_id: int, known: DefinitionDraft, draft: DefinitionDraft) -> bool:
        """Keep a draft in place of `known`; nothing if that was dismissed or changed meanwhile.

        Returns:
            Whether it was kept.
        """
        with self._database.write() as connection:
            row = connection.execute(_select(project_id, known.label)).first()
            if row is None or _read(row) != known:
                return False
            connection.execute(
                definition_drafts.update()
                .where(definition_drafts.c.project_id == project_id, definition_drafts.c.label == known.label)
                .values(**_values(replace(draft, created_at=known.created_at)))
            )
        return True

    def get(self, project_id: int, label: str) -> DefinitionDraft | None:
        with self._database.read() as connection:
            row = connection.execute(_select(project_id, label)).first()
        return _read(row) if row is not None else None

    def list_all(self, project_id: int) -> list[DefinitionDraft]:
        """Sorted by label."""
        statement = select(definition_drafts).where(definition_drafts.c.project_id == project_id)
        with self._database.read() as connection:
            return [_read(row) for row in connection.execute(statement.order_by(definition_drafts.c.label))]

    def rename_label(self, project_id: int, old: str, new: str) -> None:
        """Let drafts speak of a label under its new name; a draft of the new one stays, and the old one's goes."""
        for draft in self.list_all(project_id):
            if draft.label == old and self.get(project_id, new) is None:
                self.save(project_id, replace(draft, label=new))
            elif draft.contrast == old and draft.label != new:
                self.save(project_id, replace(draft, contrast=new))
        self.remove(project_id, old)

    def remove(self, project_id: int, label: str) -> bool:
        """Forget a draft; False if there was none."""
        with self._database.write() as connection:
            result = connection.execute(
                delete(definition_drafts).where(
                    definition_drafts.c.project_id == project_id, definition_drafts.c.label == label
                )
            )
            return result.rowcount > 0


def _select(project_id: int, label: str) -> Any:
    return select(definition_drafts).where(
        definition_drafts.c.project_id == project_id, definition_drafts.c.label == label
    )


def _values(draft: DefinitionDraft) -> dict[str, object]:
    basis = asdict(draft)
    return {
        "definition": basis.pop("definition"),
        "created_at": basis.pop("created_at"),
        "basis": json.dumps({name: value for name, value in basis.items() if name != "label"}),
    }


def _read(row: Row[Any]) -> DefinitionDraft:
    basis = json.loads(row.basis)
    trial = basis.pop("trial")
    return DefinitionDraft(
        label=row.label,
        definition=row.definition,
        created_at=row.created_at,
        status=DraftStatus(basis.pop("status")),
        shown=tuple(basis.pop("shown")),
        trial=DraftTrial(**trial) if trial is not None else None,
        **basis,
    )
