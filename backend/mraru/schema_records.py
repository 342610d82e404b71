"""What a label config asks of annotators, as records: which labels, of which texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from mraru.answers import NO_LABELS, join_labels, split_answer


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

    only: str | None = None  # names of the controls that are answered, with commas; None: all that can be
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
class Condition:
    """What must be chosen elsewhere, or must not be, for annotators to see a question."""

    questions: tuple[str, ...]  # names of controls; what is chosen in any of them counts
    labels: tuple[str, ...] | None = None  # as stored; one of them is enough; None: any label
    is_negated: bool = False  # seen as long as none is chosen

    def holds(self, chosen: Mapping[str, Iterable[str]]) -> bool:
        """Whether what is chosen, by name of the control, lets the question be seen.

        >>> condition = Condition(questions=("kind",), labels=("Complaint",))
        >>> condition.holds({"kind": ["Praise", "Complaint"]}), condition.holds({"kind": ["Praise"]})
        (True, False)
        """
        found = {label for name in self.questions for label in chosen.get(name, ())}
        return bool(found if self.labels is None else found.intersection(self.labels)) != self.is_negated


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelSchema:
    """What a label config asks of annotators: labels of one text.

    Several questions that are asked together are one schema as well. An answer to them is a set of labels, each named
    with its question: "mood: good | topic: sport". See `mraru.questions`.
    """

    from_name: str  # name of the <Choices>, <Taxonomy> or <Rating>; of several questions, all names
    to_name: str  # name of the tag with the text that it is about
    text_field: str  # where that text stands in the task's `data`; see `TextSource`
    choices: tuple[Choice, ...]  # in the config's order
    note_name: str | None = None  # name of the <TextArea> that shows our note beside a prediction, if there is one
    kind: AnswerKind = AnswerKind.CHOICES
    path_separator: str = " / "  # in labels that are paths
    is_multiple: bool = False  # several labels may be chosen: an answer is a set of them, see `answers`
    most: int | None = None  # labels of a set; None: any number
    is_required: bool = False  # Label Studio lets nobody submit without a label, so the empty set is no answer
    sources: tuple[TextSource, ...] = ()  # what is read, in this order; none: the plain text in `text_field`
    upload_field: str | None = None  # where Label Studio shows the text of an uploaded .txt file
    conditions: tuple[Condition, ...] = ()  # of a question among others: it is seen where all of them hold
    left_out: tuple[str, ...] = ()  # controls beside it that nobody chose to leave out, and why they are not answered
    questions: tuple[LabelSchema, ...] = ()  # asked together, each after those that its conditions look at; none: one

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
        if not self.is_multiple:
            return (answer,)
        named = split_answer(answer)
        return tuple(label for label in named if not label.endswith(NOTHING_OF_ONE)) if self.questions else named

    def name_of(self, answer: str) -> str:
        """An answer as annotators see it: values in the place of aliases; what is none of the config's as it is.

        >>> schema = LabelSchema(from_name="c", to_name="t", text_field="x", choices=(Choice(value="Joy", alias="j"),))
        >>> schema.name_of("j"), schema.name_of("gone")
        ('Joy', 'gone')
        """
        values = {choice.stored: choice.value for choice in self.choices}
        given = split_answer(answer) if self.questions else self.labels_of(answer)
        named = [values.get(label, label) for label in given]
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
        if self.questions:
            return self._is_whole(said)
        named = self.labels_of(said)
        if self.most is not None and len(named) > self.most:
            return False
        return set(named).issubset(self.labels) and (bool(named) or not self.is_required)

    def parts_of(self, answer: str) -> dict[str, str]:
        """What is answered to each question, by name of its control; of a single question, the answer.

        A question that is not seen, or was left open, is not among them; where no label of several was chosen, the
        answer says so. Labels may be such as the config has no more.

        >>> mood, topic = (LabelSchema(from_name=name, to_name="t", text_field="x", choices=(), is_multiple=is_multiple)
        ...                for name, is_multiple in (("mood", False), ("topic", True)))
        >>> both = LabelSchema(from_name="mood, topic", to_name="t", text_field="x", choices=(), is_multiple=True,
        ...                    questions=(mood, topic))
        >>> both.parts_of("mood: good | topic: a | topic: b"), both.parts_of("topic: (no label)"), mood.parts_of("good")
        ({'mood': 'good', 'topic': 'a | b'}, {'topic': '(no label)'}, {'mood': 'good'})
        """
        if not self.questions:
            return {self.from_name: answer}
        given = self._given_in(answer)
        return {name: join_labels(set(said) - {NO_LABELS}) for name, said in given.items() if said}

    def is_part(self, said: str) -> bool:
        """Whether it answers some of several questions and leaves others that are seen open."""
        if not self.questions or self.is_answer(said):
            return False
        named = split_answer(said)
        empty = {name_with_question(each.from_name, NO_LABELS) for each in self.questions if each.is_answer(NO_LABELS)}
        return bool(named) and set(named).issubset({*self.labels, *empty})

    def with_nothing_chosen(self, answer: str | None) -> str | None:
        """What people submitted: what they see of several labels and chose none of counts as answered so.

        Args:
            answer: what they chose; None: nothing at all, which is an answer only if all questions may be left empty.
        """
        parts = self.parts_of(answer) if answer is not None else {}
        chosen = {name: split_answer(part) for name, part in parts.items()}
        for question in self.questions:
            if question.is_multiple and not question.is_required and question.is_seen(chosen):
                parts.setdefault(question.from_name, NO_LABELS)
        whole = self.join_parts(parts)
        return whole if answer is not None or self.is_answer(whole) else None

    def join_parts(self, parts: Mapping[str, str]) -> str:
        """The answer to all questions, of one to each; what is said of a question that is not seen is left out.

        Args:
            parts: by name of the control; of a single question, its answer.
        """
        if not self.questions:
            return parts[self.from_name]
        chosen: dict[str, tuple[str, ...]] = {}
        named: list[str] = []
        for question in self.questions:
            said = parts.get(question.from_name)
            if said and question.is_seen(chosen):
                chosen[question.from_name] = question.labels_of(said)
                labels = chosen[question.from_name] or (NO_LABELS,)
                named += [name_with_question(question.from_name, label) for label in labels]
        return join_labels(named)

    def is_seen(self, chosen: Mapping[str, Iterable[str]]) -> bool:
        """Whether annotators see this question.

        Args:
            chosen: labels by name of the control, of the questions before this one.
        """
        return all(condition.holds(chosen) for condition in self.conditions)

    def _given_in(self, answer: str) -> dict[str, tuple[str, ...]]:
        """What is said by question, of an answer to several; what names none of them is left out."""
        given = split_answer(answer)
        prefixes = {question.from_name: name_with_question(question.from_name, "") for question in self.questions}
        return {
            name: tuple(label.removeprefix(prefix) for label in given if label.startswith(prefix))
            for name, prefix in prefixes.items()
        }

    def _is_whole(self, answer: str) -> bool:
        """Whether it answers each question that is seen with labels of its own, and nothing else."""
        given = self._given_in(answer)
        if sum(map(len, given.values())) != len(split_answer(answer)):
            return False
        chosen = {name: tuple(label for label in said if label != NO_LABELS) for name, said in given.items()}
        for question in self.questions:
            labels = chosen[question.from_name]
            if not question.is_seen(chosen):
                is_right = not given[question.from_name]
            elif question.is_multiple:
                said = given[question.from_name]
                is_right = said == (NO_LABELS,) or (bool(said) and NO_LABELS not in said)
                is_right = is_right and question.is_answer(join_labels(labels))
            else:
                is_right = len(labels) == 1 and question.is_answer(labels[0])
            if not is_right:
                return False
        return answer == join_labels(split_answer(answer))

    @property
    def texts(self) -> tuple[TextSource, ...]:
        """What is read of a task, that of `to_name` among it."""
        return self.sources or (TextSource(name=self.to_name, field=self.text_field),)

    @property
    def asked(self) -> tuple[LabelSchema, ...]:
        """The questions one by one: this one itself, or those that are asked together."""
        return self.questions or (self,)

    @property
    def has_addresses(self) -> bool:
        """Whether some of it is in files that must be fetched."""
        return any(source.is_address for source in self.texts)

    @property
    def own_text(self) -> TextSource:
        """The text that the question is about: a task without it is left alone."""
        return next(source for source in self.texts if source.name == self.to_name)


NOTHING_OF_ONE = f": {NO_LABELS}"  # how the label ends that says that none of a question's was chosen


def name_with_question(question: str, label: str) -> str:
    """A label as it stands in an answer to several questions.

    >>> name_with_question("mood", "good")
    'mood: good'
    """
    return f"{question}: {label}"
