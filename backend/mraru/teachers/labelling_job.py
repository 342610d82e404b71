"""What a teacher is to do in a project: which labels there are, what they mean, and what people are told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from mraru.schema_records import AnswerKind, LabelSchema


@dataclass(frozen=True, slots=True, kw_only=True)
class LabellingJob:
    """All that a teacher of another package is told of a project."""

    schema: LabelSchema  # with the labels, as stored and as people see them
    title: str = ""
    instruction: str = ""  # for annotators
    definitions: Mapping[str, str]  # of labels as stored, where people wrote any

    @property
    def version(self) -> str:
        """Another one for another job: answers to one are none to the other."""
        choices = [[choice.value, choice.stored, choice.hint] for choice in self.schema.choices]
        told: list[object] = [choices, self.title, self.instruction, sorted(self.definitions.items())]
        if self.schema.kind is not AnswerKind.CHOICES:
            told.append(self.schema.kind)
        if self.schema.is_multiple:
            told.append(["multiple", self.schema.is_required])
        if self.schema.most is not None:
            told.append(["at most", self.schema.most])
        if self.schema.questions:
            shapes = [(question.from_name, question.conditions, question.most) for question in self.schema.questions]
            told.append([repr(shape) for shape in shapes])
        return hashlib.blake2b(json.dumps(told).encode(), digest_size=6).hexdigest()
