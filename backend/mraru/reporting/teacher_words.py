"""What the teacher of a project is called to people: the LLM, or, where none is set, the built-in teacher."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from mraru.settings import Settings

_TEACHER = re.compile(r"\b([Tt])he teacher\b")
_BUILT_IN = re.compile(r"\b([Tt])he (?:built-in )?zero-shot teacher\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherWords:
    """Names for sentences and headings.

    >>> words = TeacherWords(is_llm=False)
    >>> words.name, words.start, words.say("The teacher's labels look noisy.")
    ('built-in teacher', 'Built-in teacher', "The built-in teacher's labels look noisy.")
    >>> words.say("The zero-shot teacher labels: the teacher is no LLM.")
    'The built-in teacher labels: the built-in teacher is no LLM.'
    >>> TeacherWords(is_llm=True).say("It agrees with the teacher.")
    'It agrees with the LLM.'
    >>> TeacherWords(is_llm=False, is_brought=True).say("It agrees with the teacher.")
    'It agrees with the teacher.'
    """

    is_llm: bool
    is_brought: bool = False  # by another package, so that nobody here knows whether it is an LLM

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Those of whoever labels by these settings."""
        return cls(is_llm=settings.uses_llm, is_brought=settings.brought_teacher is not None)

    @property
    def name(self) -> str:
        if self.is_brought:
            return "teacher"
        return "LLM" if self.is_llm else "built-in teacher"

    @property
    def start(self) -> str:
        """The same at the beginning of a heading."""
        return self.name[0].upper() + self.name[1:]

    def say(self, text: str) -> str:
        """A message that speaks of the teacher, in these words."""
        named = _BUILT_IN.sub(lambda found: f"{found[1]}he built-in teacher", text)
        return _TEACHER.sub(lambda found: f"{found[1]}he {self.name}", named)
