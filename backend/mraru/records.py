"""What passes between the rooms: frozen records, one line a field."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum

SettingValue = int | float | str | None  # of a setting that may be set for one project


def hash_text(text: str) -> str:
    """Name a text by its content, so that equal texts share a vector and an answer.

    >>> hash_text("a") == hash_text("a"), len(hash_text("a"))
    (True, 32)
    """
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


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
    NO_ADDRESS = "no address of a file, which its tag fetches"
    FOREIGN_ADDRESS = "an address that is not Label Studio's"
    NO_FILE = "an address at which Label Studio has no file"
    NOT_ALLOWED = "a file that Label Studio, or the storage behind it, does not hand out"
    NOT_SERVED = "a local file, and Label Studio serves none"
    TOO_LARGE = "a file that is larger than may be fetched"
    NOT_DECODED = "a file that is no text, or in no encoding that can be told"
    PAGE = "a page such as a login in the place of a file"
    NOT_FETCHED = "a file that could not be fetched yet"

    @property
    def is_broken(self) -> bool:
        """Whether there is a text, which would break what reads it or cannot be had."""
        return self not in (TextFault.MISSING, TextFault.NO_TEXT, TextFault.EMPTY)

    @property
    def is_of_file(self) -> bool:
        """Whether the text is behind an address, and could not be had from there."""
        return self in OF_FILES

    @property
    def is_passing(self) -> bool:
        """Whether a later attempt may find the file."""
        return self in (TextFault.PAGE, TextFault.NOT_FETCHED)


OF_FILES = frozenset(
    {
        *(TextFault.NO_ADDRESS, TextFault.FOREIGN_ADDRESS, TextFault.NO_FILE, TextFault.NOT_ALLOWED),
        *(TextFault.NOT_SERVED, TextFault.TOO_LARGE, TextFault.NOT_DECODED, TextFault.PAGE, TextFault.NOT_FETCHED),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskText:
    """A task of Label Studio, reduced to the text to be labelled."""

    task_id: int
    text: str
    overlap: int = 1  # people who are to label it
    fault: TextFault | None = None  # why the text is empty; None: it is not, or it was read from the store
    source_hash: str | None = None  # of what the task's data says of files that hold the text; None: none do

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
SHORTLIST_PROMPT = "near-"  # begins the version of a prompt that shows the labels nearest to a text
REST_PROMPT = "rest"  # begins the version of a prompt that shows labels which the call before it did not show
NONE_SHOWN = "the LLM finds that none of the labels that it was shown fits"  # reason of an answer: it is shown the rest
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
