"""What a label config asks of annotators, as records: which labels, of which texts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from mraru.answers import join_labels, split_answer


class AnswerKind(StrEnum):
    """What an answer is, by the name that Label Studio gives it in results."""

    CHOICES = "choices"  # one choice of several
    TAXONOMY = "taxonomy"  # one path of a tree
    RATING = "rating"  # one number of stars: the labels are ordered


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One label of the project: a choice, a path of its taxonomy, a rating."""

    value: str  # what annotators see; of a path, all of it
    alias: str | None = None
    hint: str | None = None
    path: tuple[str, ...] = ()  # in a taxonomy: the names from the root on, each as Label Studio stores it
    name: str | None = None  # in a taxonomy: what annotators see of the path's last part
    words: str | None = None  # that describe it where `value` does not: "animal: dog", "a rating of 4 out of 5 stars"

    @property
    def stored(self) -> str:
        """What Label Studio writes into results: the alias where there is one."""
        return self.alias or self.value

    @property
    def described(self) -> str:
        """What a text of this label is about, in words."""
        return self.words or self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigSelection:
    """What people chose of a label config that could be read in several ways."""

    only: str | None = None  # name of the control that is meant; None: the only one that can be answered
    texts: tuple[str, ...] = ()  # names of the text tags that are read beside the control's own, in their order


NOTHING_CHOSEN = ConfigSelection()


class TextTag(StrEnum):
    """The tags of Label Studio that show a text."""

    TEXT = "Text"
    HYPERTEXT = "HyperText"
    PARAGRAPHS = "Paragraphs"  # a dialogue
    LIST = "List"
    TABLE = "Table"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSource:
    """One tag that shows a text, and what it shows of a task."""

    name: str
    field: str  # where in the task's `data`: a key, or a path such as `ticket.body` or `turns[0].text`
    tag: TextTag = TextTag.TEXT
    name_key: str = "author"  # of <Paragraphs>: where in each phrase its speaker stands
    text_key: str = "text"  # of <Paragraphs>: where its text stands
    is_by_time: bool = False  # of <Paragraphs>: phrases are shown by when they start
    is_address: bool = False  # the field holds the address of a file, and that holds what is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelSchema:
    """What a label config asks of annotators: labels of one text."""

    from_name: str  # name of the <Choices>, <Taxonomy> or <Rating>
    to_name: str  # name of the tag with the text that it is about
    text_field: str  # where that text stands in the task's `data`; see `TextSource`
    choices: tuple[Choice, ...]  # in the config's order
    note_name: str | None = None  # name of the <TextArea> that shows our note beside a prediction, if there is one
    kind: AnswerKind = AnswerKind.CHOICES
    path_separator: str = " / "  # in labels that are paths
    is_multiple: bool = False  # several labels may be chosen: an answer is a set of them, see `answers`
    is_required: bool = False  # Label Studio lets nobody submit without a label, so the empty set is no answer
    sources: tuple[TextSource, ...] = ()  # what is read, in this order; none: the plain text in `text_field`
    upload_field: str | None = None  # where Label Studio shows the text of an uploaded .txt file

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels as stored, in the config's order."""
        return tuple(choice.stored for choice in self.choices)

    def labels_of(self, answer: str) -> tuple[str, ...]:
        """The labels that an answer names: itself, or those of a set.

        >>> schema = LabelSchema(from_name="c", to_name="t", text_field="x", choices=(), is_multiple=True)
        >>> schema.labels_of("joy | love")
        ('joy', 'love')
        """
        return split_answer(answer) if self.is_multiple else (answer,)

    def name_of(self, answer: str) -> str:
        """An answer as annotators see it: values in the place of aliases; what is none of the config's as it is.

        >>> schema = LabelSchema(from_name="c", to_name="t", text_field="x", choices=(Choice(value="Joy", alias="j"),))
        >>> schema.name_of("j"), schema.name_of("gone")
        ('Joy', 'gone')
        """
        values = {choice.stored: choice.value for choice in self.choices}
        named = [values.get(label, label) for label in self.labels_of(answer)]
        return join_labels(named) if self.is_multiple else named[0]

    def possible(self, given: Iterable[str]) -> tuple[str, ...]:
        """The answers that figures are about: the labels or, of sets, those that were given, sorted."""
        return tuple(sorted(set(given))) if self.is_multiple else self.labels

    def is_answer(self, said: str | None) -> bool:
        """Whether this can be said of a text: one of the labels, or a set of them.

        >>> choices = (Choice(value="joy"), Choice(value="love"))
        >>> several = LabelSchema(from_name="c", to_name="t", text_field="x", choices=choices, is_multiple=True)
        >>> [several.is_answer(said) for said in ("love", "joy | love", "(no label)", "joy | fear")]
        [True, True, True, False]
        """
        if said is None:
            return False
        named = self.labels_of(said)
        return set(named).issubset(self.labels) and (bool(named) or not self.is_required)

    @property
    def texts(self) -> tuple[TextSource, ...]:
        """What is read of a task, that of `to_name` among it."""
        return self.sources or (TextSource(name=self.to_name, field=self.text_field),)

    @property
    def has_addresses(self) -> bool:
        """Whether some of it is in files that must be fetched."""
        return any(source.is_address for source in self.texts)

    @property
    def own_text(self) -> TextSource:
        """The text that the question is about: a task without it is left alone."""
        return next(source for source in self.texts if source.name == self.to_name)
