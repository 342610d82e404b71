"""What passes between the rooms: frozen records, one line a field."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from mraru.answers import join_labels, split_answer

SettingValue = int | float | str | None  # of a setting that may be set for one project


def hash_text(text: str) -> str:
    """Name a text by its content, so that equal texts share a vector and an answer.

    >>> hash_text("a") == hash_text("a"), len(hash_text("a"))
    (True, 32)
    """
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


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
    def own_text(self) -> TextSource:
        """The text that the question is about: a task without it is left alone."""
        return next(source for source in self.texts if source.name == self.to_name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectDescription:
    """What Label Studio says of a project."""

    project_id: int
    title: str
    instruction: str  # for annotators; may be empty
    label_config: str
    created_at: str  # ISO 8601; tells a project from a later one of the same number
    model_version: str | None
    sampling: str
    maximum_annotations: int = 1  # people who label a task, of those that several people label
    overlap_cohort_percentage: int = 100  # share of the tasks that several people label
    skip_queue: str = ""  # who gets a skipped task: REQUEUE_FOR_ME, REQUEUE_FOR_OTHERS or, nobody, IGNORE_SKIPPED


class TextFault(StrEnum):
    """Why a task has no text that can be used, in words that people read."""

    MISSING = "no such field"
    NO_TEXT = "what its tag does not show as a text"
    EMPTY = "an empty text"
    HALF_CHARACTER = "half of a character, such as an emoji that was cut in two"
    NUL = "a NUL character"
    TOO_LONG = "more than 1,000,000 characters"
    NOT_LISTED = "something that Label Studio itself answers with an error to"

    @property
    def is_broken(self) -> bool:
        """Whether there is a text, which would break what reads it."""
        return self not in (TextFault.MISSING, TextFault.NO_TEXT, TextFault.EMPTY)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskText:
    """A task of Label Studio, reduced to the text to be labelled."""

    task_id: int
    text: str
    overlap: int = 1  # people who are to label it
    fault: TextFault | None = None  # why the text is empty; None: it is not, or it was read from the store

    @property
    def text_hash(self) -> str:
        return hash_text(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """What a person (or an import) said of a task."""

    annotation_id: int
    task_id: int
    label: str | None  # as stored by Label Studio, also one that the config has no more; None: no label of ours
    was_cancelled: bool = False  # skipped
    is_human: bool = True  # False for Label Studio's "create annotations from predictions"
    is_ground_truth: bool = False  # starred in Label Studio
    completed_by: int | None = None
    parent_prediction: int | None = None
    lead_time_s: float | None = None
    updated_at: str = ""  # ISO 8601

    @property
    def is_gold(self) -> bool:
        return self.is_human and not self.was_cancelled and self.label is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """A pre-annotation on its way into Label Studio."""

    task_id: int
    label: str
    score: float | None  # in [0, 1]; 0 = look first; None of an LLM that does not say how sure it is
    model_version: str  # whose label it is, as Label Studio names it
    note: str | None = None  # what a reviewer reads beside it, where the label config has room for a note
    marks: tuple[str, ...] = ()  # by which tabs of the Data Manager find it, and what their columns show
    round_number: int = 0  # whose student it comes from


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPrediction:
    """A prediction as Label Studio holds it."""

    prediction_id: int
    task_id: int
    model_version: str
    label: str | None  # None where it holds not exactly one of our labels
    score: float | None
    note: str | None = None
    marks: tuple[str, ...] = ()


DRAFT_PROMPT = "draft-"  # begins the version of a prompt that asks for a label's definition instead of a label
CHECK_PROMPT = "check-"  # begins the version of a prompt that checks an LLM, and labels no text of a project
CHECKS_PROJECT = 0  # on which checks without a project are booked; Label Studio's projects begin with 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherIdentity:
    """Who answered: the same model asked with the same prompt gives the same answer."""

    model: str
    prompt_version: str  # hash of everything but the text
    is_zero_shot: bool = False  # the built-in teacher, not an LLM
    server: str = ""  # address of the model's server; empty for the built-in teacher
    answer_limit: int = field(default=0, compare=False)  # tokens: what was cut before that is asked again
    member_limits: tuple[tuple[str, int], ...] = field(default=(), compare=False)  # tokens, by name, of several as one
    other_versions: tuple[str, ...] = field(default=(), compare=False)  # of prompts whose answers hold as well

    @property
    def versions(self) -> tuple[str, ...]:
        """Versions of all prompts whose answers hold, its own first."""
        return (self.prompt_version, *self.other_versions)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerCapabilities:
    """What the server of a model was found not to understand; what is not named here is tried."""

    refused: tuple[str, ...] = ()  # answer formats and parameters, sorted
    found_at: float = 0.0  # seconds since 1970, of the first refusal
    context_tokens: int | None = None  # the longest prompt and answer together; None = no text was too long so far
    tokens_per_estimate: float | None = None  # that the server counts for each that is estimated


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens that the teacher's server counted."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


class TeacherMode(StrEnum):
    """How several teachers label a text together; also the name of their common label."""

    ENSEMBLE = "ensemble"  # each is asked, and the label is what they agree on best
    CASCADE = "cascade"  # one after the other, until one is sure


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """What one of several teachers said of a text."""

    teacher: str  # its name among the teachers of the project
    label: str | None  # as stored by Label Studio; None: it named none
    cut_at: int | None = None  # tokens after which it was cut before it named a label; None: it was not


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherAnswer:
    """One answer of the teacher about one text."""

    label: str | None  # as stored by Label Studio; None: no label, a person must look
    raw: str  # the answer as it came
    no_label_reason: str | None = None  # why label is None
    cut_at: int | None = None  # tokens after which it was cut before it named a label; None: it was not
    probabilities: tuple[tuple[str, float], ...] | None = None  # by label as stored; None: not known
    explanation: str | None = None  # the teacher's reason in one sentence, where asked for
    parameters: str | None = None  # JSON: how the model was asked beside its prompt
    votes: tuple[Vote, ...] = ()  # of several teachers, where there are several
    usage: Usage = Usage()
    booked_tokens: int = 0  # counted ones, and the most that those can be which were not counted
    cost_usd: float = 0.0  # of the booked tokens
    latency_s: float = 0.0
    request_id: str | None = None
    from_ledger: bool = False  # True: paid for earlier, not asked again
    prompt_version: str | None = field(default=None, compare=False)  # that it answers; None: as its teacher's identity


class CircuitState(StrEnum):
    """Whether calls to a model's server are let through."""

    CLOSED = "closed"  # all
    OPEN = "open"  # none
    HALF_OPEN = "half-open"  # one, to see whether the server is well again


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherHealth:
    """How a model's server fares."""

    server: str
    model: str
    circuit: CircuitState
    n_failures: int  # in a row
    opened_until: float | None = None  # seconds since 1970; nothing is asked before
    last_error: str | None = None
    requests_per_minute: float | None = None  # as the server told; None: it told nothing
    tokens_per_minute: float | None = None
