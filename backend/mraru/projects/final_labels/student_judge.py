"""What the served student says of texts that it has not seen, put together with all that is known of them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import numpy as np

from mraru.embedding.cached_embedder import CachedEmbedder
from mraru.errors import NothingToPredictWith, StudentFileInvalid
from mraru.interfaces import Labels, Probabilities, Student
from mraru.projects.final_labels.question_posteriors import (
    AnySources,
    fit_any_sources,
    fits,
    judge_any_texts,
    read_sources,
)
from mraru.projects.learning.labelled_set import LabelledSet, read_labelled_set
from mraru.projects.learning.training import StudentFiles, student_path
from mraru.quality.agreement.student_agreement import student_labels
from mraru.schema_records import LabelSchema
from mraru.store.projects.project_repository import Project
from mraru.store.review.opinions import Opinion
from mraru.store.store import Store
from mraru.students.student_files import load_student

N_STUDENTS = 16  # of the projects asked about last


class ServedStudents:
    """Students of the projects that were asked about last, as loaded from their files."""

    def __init__(self, folder: Path, files: StudentFiles) -> None:
        self._folder = folder
        self._files = files
        self._held: OrderedDict[int, tuple[int, Student]] = OrderedDict()  # by project: the round, and its student
        self._lock = threading.Lock()

    def load(self, project: Project) -> Student:
        """The student that a project serves.

        Raises:
            NothingToPredictWith: there is none, or its file cannot be read.
        """
        number = project.served_round
        if number is None:
            raise NothingToPredictWith()
        with self._lock:
            held = self._held.get(project.project_id)
            if held is None or held[0] != number:
                held = number, self._read(project, number)
            self._held[project.project_id] = held
            self._held.move_to_end(project.project_id)
            while len(self._held) > N_STUDENTS:
                self._held.popitem(last=False)
            return held[1]

    def _read(self, project: Project, number: int) -> Student:
        try:
            return load_student(student_path(self._folder, project.project_id, number, self._files.suffix))
        except StudentFileInvalid as exc:
            raise NothingToPredictWith(f"The student of {project.served_version} must be trained anew: {exc}") from exc


class StudentJudge:
    """Says of any text of one project what its label is, by the student and all that others said of it."""

    def __init__(
        self, store: Store, embedder: CachedEmbedder, student: Student, schema: LabelSchema, project: Project
    ) -> None:
        """See whether the student can say anything; what others said is read with the first texts.

        Raises:
            NothingToPredictWith: the student knows none of the config's labels.
        """
        self._store = store
        self._embedder = embedder
        self._student = student
        self._schema = schema
        self._project_id = project.project_id
        self._renames = store.label_renames.load(project.project_id)  # which the student is still to learn
        _, self._classes = _rename_classes(np.empty((0, len(student.classes_))), student.classes_, self._renames)
        if not any(map(schema.is_answer, self._classes.tolist())):  # the config may have lost a label meanwhile
            raise NothingToPredictWith("The project's labels are all new: predictions come after the next round.")

    @cached_property
    def _labelled(self) -> LabelledSet:
        return read_labelled_set(self._store, self._project_id, self._schema)

    @cached_property
    def _learned(self) -> frozenset[str]:
        """Texts that somebody said something of."""
        return self._labelled.known.union(self._labelled.labels)

    @cached_property
    def _sources(self) -> AnySources:
        kept = self._store.reliabilities.load(self._project_id)
        sources = read_sources(kept) if kept else None
        if sources is not None and fits(sources, self._schema, self._classes):
            return sources
        return fit_any_sources(self._labelled, self._schema, {}, self._classes, ())

    @cached_property
    def _blind(self) -> set[str]:
        """Texts that others are still to label: what people said of them is not heard."""
        return {text_hash for _, text_hash in self._store.tasks.list_begun(self._project_id)}

    def judge(self, texts: Mapping[str, str]) -> list[Opinion]:
        """An opinion of each text, embedded where that is still to be done.

        Args:
            texts: by hash.
        """
        vectors = self._embedder.embed(list(texts.values()))
        student = self._student
        probabilities, classes = _rename_classes(student.predict_proba(vectors), student.classes_, self._renames)
        names = list(texts)
        final = judge_any_texts(
            self._sources,
            self._labelled,
            self._schema,
            names,
            probabilities,
            classes,
            # the student may have learned these labels, so it is not heard on them before the next round
            is_heard=np.array([name not in self._learned for name in names]),
            blind=self._blind,
        )
        labels = student_labels(probabilities, classes)
        return [
            Opinion(
                text_hash=name,
                label=str(label),
                confidence=float(confidence),
                final_label=found.label,
                score=found.score,
                blind_label=found.blind_label,
                least_certain=found.least_certain,
            )
            for name, label, confidence, found in zip(names, labels, probabilities.max(axis=1), final, strict=True)
        ]


def _rename_classes(
    probabilities: Probabilities, classes: Labels, renames: Mapping[str, str]
) -> tuple[Probabilities, Labels]:
    """A student's columns under the labels' present names, sorted; added up where two became one.

    >>> _rename_classes(np.array([[0.5, 0.2, 0.3]]), np.array(["a", "b", "c"]), {"a": "c"})
    (array([[0.2, 0.8]]), array(['b', 'c'], dtype='<U1'))
    """
    present, column_of = np.unique([renames.get(label, label) for label in classes.tolist()], return_inverse=True)
    renamed = np.zeros((len(probabilities), len(present)))
    for column, place in enumerate(column_of.tolist()):
        renamed[:, place] += probabilities[:, column]
    return renamed, present
