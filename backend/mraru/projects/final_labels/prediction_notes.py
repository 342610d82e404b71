"""Notes beside predictions in Label Studio, for teams that gave them a place in their label config."""

from __future__ import annotations

from dataclasses import replace

from mraru.quality.review_note import review_note
from mraru.records import Prediction
from mraru.schema_records import LabelSchema
from mraru.store.store import Store
from mraru.store.teachers.teacher_labels import TeacherLabel


class ReviewNotes:
    """What teacher and student say of each text, read once; nothing is read where there is no place for notes."""

    def __init__(self, store: Store, project_id: int, schema: LabelSchema) -> None:
        self._schema = schema
        self._teacher: dict[str, TeacherLabel] = {}
        if schema.note_name is not None:
            self._teacher = {row.text_hash: row for row in store.teacher_labels.list_all(project_id)}
        words = {row.word for row in self._teacher.values()}
        self._not_asked = words.pop() if len(words) == 1 else "LLM"

    def write(
        self,
        prediction: Prediction,
        text_hash: str,
        *,
        student_label: str | None = None,
        student_confidence: float | None = None,
        least_certain: str | None = None,
    ) -> Prediction:
        """The prediction with its note.

        Args:
            student_label: the prediction's label when None.
            student_confidence: the student's probability of its label, where known.
            least_certain: of several questions, the control that the score is about.
        """
        if self._schema.note_name is None:
            return prediction
        row = self._teacher.get(text_hash)
        note = review_note(
            self._schema.name_of,
            was_asked=row is not None,
            teacher_label=row.label if row else None,
            student_label=student_label or prediction.label,
            teacher_confidence=row.confidence if row else None,
            student_confidence=student_confidence,
            explanation=row.explanation if row else None,
            no_label_reason=row.no_label_reason if row else None,
            votes=row.votes if row else (),
            least_certain=least_certain,
            teacher=_begin_with_capital(row.word if row else self._not_asked),
        )
        return replace(prediction, note=note)


def _begin_with_capital(word: str) -> str:
    return word[0].upper() + word[1:]
