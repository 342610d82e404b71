"""How each teacher of a project does by the audit: on texts that were drawn whatever anybody says of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from mraru.projects.audits.audited_texts import read_audited_texts
from mraru.projects.learning.labelled_set import LabelledSet
from mraru.quality.audit.sequential_bound import at_least, at_most
from mraru.records import TeacherMode
from mraru.store.store import Store
from mraru.store.teachers.teacher_labels import TeacherLabel

_Model = tuple[str, bool]  # its name, and whether it is the zero-shot teacher


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedTeacher:
    """The labels of one teacher, and those of them that people have audited.

    >>> hits = (True, False)
    >>> zero_shot = AuditedTeacher(model="zero-shot-x", is_zero_shot=True, n_labels=9, n_all_labels=9, hits=hits)
    >>> zero_shot.name, zero_shot.labels, zero_shot.n_audited, zero_shot.n_right
    ('the built-in zero-shot teacher', 'its 9 labels', 2, 1)
    >>> llm = AuditedTeacher(model="gpt-4.1-mini", is_zero_shot=False, n_labels=9, n_all_labels=20, hits=())
    >>> llm.name, llm.labels
    ('the LLM (gpt-4.1-mini)', 'its first 9 labels')
    """

    model: str
    is_zero_shot: bool
    n_labels: int  # that the audit's texts were drawn of: up to the round that they speak for
    n_all_labels: int
    hits: tuple[bool, ...]  # whether it was right on each of them, in the order of the draws

    @property
    def name(self) -> str:
        """What people call it, within a sentence."""
        if self.is_zero_shot:
            return "the built-in zero-shot teacher"
        if self.model in (TeacherMode.ENSEMBLE, TeacherMode.CASCADE):
            return f"the {self.model} of LLMs"
        return f"the LLM ({self.model})"

    @property
    def labels(self) -> str:
        """What the audit speaks for, within a sentence."""
        return (
            f"its {self.n_labels} labels" if self.n_labels == self.n_all_labels else f"its first {self.n_labels} labels"
        )

    @property
    def n_audited(self) -> int:
        return len(self.hits)

    @property
    def n_right(self) -> int:
        return sum(self.hits)

    @property
    def at_most(self) -> float:
        """The largest share of its labels that may be right; see `quality.audit.sequential_bound`."""
        return at_most(self.hits, self.n_labels)

    @property
    def at_least(self) -> float:
        """The smallest share of its labels that may be right."""
        return at_least(self.hits, self.n_labels)


def read_audited_teachers(store: Store, project_id: int, seed: int, labelled: LabelledSet) -> list[AuditedTeacher]:
    """Each model whose labels the project has, in the order in which they came to it.

    The texts of one model among a uniform sample of all are a uniform sample of its own. Its prompt may have changed
    meanwhile: then this is about its labels on the whole, as they are what is relied on.
    """
    listed = store.teacher_labels.list_all(project_id)
    said = {row.text_hash: row for row in listed if labelled.teacher.get(row.text_hash) is not None}
    if not said:
        return []
    audited = read_audited_texts(store, project_id, seed, labelled)
    hits: dict[_Model, list[bool]] = defaultdict(list)
    for name in audited.teacher.members:
        if name in labelled.gold:  # else people skipped it
            hits[_model(said[name])].append(labelled.teacher[name] == labelled.gold[name])
    in_order = sorted(said.values(), key=lambda row: row.round_number)
    n_all = Counter(_model(row) for row in in_order)
    n_spoken_for = Counter(
        _model(row) for row in in_order if audited.last_round is not None and row.round_number <= audited.last_round
    )
    return [
        AuditedTeacher(
            model=model[0],
            is_zero_shot=model[1],
            n_labels=n_spoken_for[model],
            n_all_labels=n_all[model],
            hits=tuple(hits[model]),
        )
        for model in n_all
    ]


def _model(row: TeacherLabel) -> _Model:
    return row.model, row.is_zero_shot
