"""What another package's teacher says is held to what the books rely on."""

from __future__ import annotations

import signal
from _thread import interrupt_main
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import numpy as np
import pytest

from fakes.ledger import InMemoryLedger
from mraru.budget_records import Budget
from mraru.errors import (
    AlreadyAsked,
    BudgetExceeded,
    LeaseLost,
    MRaruError,
    PluginInvalid,
    RoomTaken,
    TeacherMisconfigured,
    TeacherUnavailable,
    TextsGone,
    WorkInterrupted,
)
from mraru.records import TeacherAnswer, TeacherIdentity, Usage
from mraru.schema_records import Choice, LabelSchema
from mraru.teachers.guards.brought_teacher import BroughtTeacher
from mraru.teachers.guards.budgeted import BudgetedTeacher
from mraru.teachers.guards.label_watch import describe_alarm
from mraru.teachers.labelling_job import LabellingJob
from mraru.teachers.servers.call_failures import CallUnavailable

SCHEMA = LabelSchema(
    from_name="label",
    to_name="text",
    text_field="text",
    choices=(Choice(value="Sport", alias="s"), Choice(value="Business")),
)
JOB = LabellingJob(schema=SCHEMA, definitions={})


class SomebodysTeacher:
    """Says what a test has it say."""

    identity = TeacherIdentity(model="somebody", prompt_version="7", is_zero_shot=True)

    def __init__(self, said: object = None, bound_usd: object = 0.5, tokens: object = 10) -> None:
        self.said, self.bound_usd, self.tokens = said, bound_usd, tokens

    def identity_of(self, text: str) -> TeacherIdentity:
        return self.identity

    def cost_bound_usd(self, text: str) -> float:
        return self.bound_usd  # type: ignore[return-value]

    def tokens_bound(self, text: str) -> int:
        return self.tokens  # type: ignore[return-value]

    def label(self, text: str) -> TeacherAnswer:
        if isinstance(self.said, BaseException):
            raise self.said
        return self.said  # type: ignore[return-value]


def brought(*said: object, job: LabellingJob = JOB, **bounds: object) -> BroughtTeacher:
    return BroughtTeacher(SomebodysTeacher(*said, **bounds), job, brought_as="theirs", timeout_s=5.0)


def booked(teacher: BroughtTeacher, ledger: InMemoryLedger, max_cost_usd: float = 9.0) -> BudgetedTeacher:
    return BudgetedTeacher(teacher, ledger, project_id=1, budget=Budget(max_cost_usd=max_cost_usd))


def test_a_label_as_stored_is_taken_and_its_tokens_are_booked() -> None:
    answer = TeacherAnswer(
        label="s", raw="Sport", cost_usd=0.1, usage=Usage(prompt_tokens=4, completion_tokens=2), from_ledger=True
    )
    assert brought(answer).label("text") == replace(answer, booked_tokens=6, from_ledger=False)


@pytest.mark.parametrize("label", ["Sport", "weather"])
def test_a_label_that_is_none_of_the_project_s_is_no_label_and_is_paid(label: str) -> None:
    ledger = InMemoryLedger()
    answer = booked(brought(TeacherAnswer(label=label, raw=label, cost_usd=0.1)), ledger).label("text")
    assert answer.label is None
    assert answer.no_label_reason == f"the teacher named '{label}', which is no label of this project"
    assert ledger.spending(1).cost_usd == 0.1


def test_no_label_has_a_reason_even_where_none_was_given() -> None:
    assert brought(TeacherAnswer(label=None, raw="")).label("text").no_label_reason == "the teacher named no label"


def test_other_labels_or_definitions_are_another_prompt_and_it_is_never_taken_for_the_built_in_teacher() -> None:
    defined = LabellingJob(schema=SCHEMA, definitions={"s": "Games."})
    fewer = LabellingJob(schema=replace(SCHEMA, choices=SCHEMA.choices[:1]), definitions={})
    identities = [brought(job=job).identity for job in (JOB, defined, fewer)]
    assert len({identity.prompt_version for identity in identities}) == 3
    assert all(identity == brought(job=JOB).identity_of("text") for identity in identities[:1])
    assert {(identity.model, identity.server, identity.is_zero_shot) for identity in identities} == {
        ("theirs/somebody", "theirs", False)
    }


@pytest.mark.parametrize("bound", [-1.0, float("nan"), float("inf"), None, "1"])
def test_a_bound_that_is_no_amount_is_refused_before_anything_is_asked(bound: object) -> None:
    ledger = InMemoryLedger()
    for teacher in (brought(bound_usd=bound), brought(tokens=bound)):
        with pytest.raises(TeacherMisconfigured, match=r"'theirs' \(MRARU_TEACHER\)"):
            booked(teacher, ledger).label("text")
    assert ledger.calls == []


@pytest.mark.parametrize(
    "said", ["s", None, *(TeacherAnswer(label="s", raw="", cost_usd=cost) for cost in (-0.1, float("nan")))]
)
def test_an_answer_that_cannot_be_booked_is_spent_at_its_bound(said: object) -> None:
    ledger = InMemoryLedger()
    with pytest.raises(TeacherMisconfigured, match="'theirs'"):
        booked(brought(said), ledger).label("text")
    assert (ledger.states, ledger.spending(1).cost_usd) == (["forfeited"], 0.5)


def test_whatever_it_raises_may_have_been_billed_and_is_tried_again_without_its_words() -> None:
    ledger = InMemoryLedger()
    with pytest.raises(TeacherUnavailable, match=r"^The teacher 'theirs' failed: KeyError$"):
        booked(brought(KeyError("the text")), ledger).label("text")
    assert ledger.states == ["forfeited"]


def test_what_it_says_was_not_billed_is_freed() -> None:
    ledger = InMemoryLedger()
    with pytest.raises(TeacherUnavailable, match="come back"):
        booked(brought(CallUnavailable("come back", maybe_billed=False)), ledger).label("text")
    assert ledger.states == ["released"]


def test_the_budget_is_kept_by_the_bound_that_it_tells() -> None:
    teacher = brought(TeacherAnswer(label="s", raw="", cost_usd=0.1))
    with pytest.raises(BudgetExceeded):
        booked(teacher, InMemoryLedger(), max_cost_usd=0.4).label("text")


@pytest.mark.parametrize("error", [AlreadyAsked, RoomTaken, BudgetExceeded, WorkInterrupted, LeaseLost, TextsGone])
def test_errors_of_ours_that_it_raises_are_its_failures_and_lead_the_books_nowhere(error: type[MRaruError]) -> None:
    ledger = InMemoryLedger()
    with pytest.raises(CallUnavailable, match=f"^The teacher 'theirs' failed: {error.__name__}$"):
        booked(brought(error("the text")), ledger).label("text")
    assert ledger.states == ["forfeited"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_would_end_a_thread_is_its_failure_too(error: type[BaseException]) -> None:
    ledger = InMemoryLedger()
    with ThreadPoolExecutor() as executor:
        raised = executor.submit(booked(brought(error()), ledger).label, "text").exception()
    assert isinstance(raised, CallUnavailable)
    assert str(raised) == f"The teacher 'theirs' failed: {error.__name__}"
    assert ledger.states == ["forfeited"]


def test_ctrl_c_ends_the_waiting_and_one_that_the_teacher_makes_up_does_not() -> None:
    is_over = Event()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in a shell's background ignores it

    class Interrupted(SomebodysTeacher):
        def label(self, text: str) -> TeacherAnswer:
            interrupt_main()
            is_over.wait()
            return TeacherAnswer(label="s", raw="s")

    teacher = BroughtTeacher(Interrupted(), JOB, brought_as="theirs", timeout_s=5.0)
    try:
        with pytest.raises(KeyboardInterrupt):
            teacher.label("text")
    finally:
        signal.signal(signal.SIGINT, before)
        is_over.set()
    with pytest.raises(CallUnavailable, match="'theirs' failed: KeyboardInterrupt"):
        brought(KeyboardInterrupt()).label("text")


def test_a_pause_that_is_no_number_of_seconds_is_none() -> None:
    with pytest.raises(CallUnavailable) as caught:
        brought(CallUnavailable("later", maybe_billed=False, retry_after_s="5")).label("text")  # type: ignore[arg-type]
    assert caught.value.retry_after_s is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"label": 5},
        {"label": ["s"]},
        {"raw": None},
        {"raw": b"s"},
        {"no_label_reason": 5},
        {"request_id": object()},
        {"usage": None},
        {"usage": Usage(prompt_tokens=-1)},
        {"usage": Usage(prompt_tokens=10**30)},
        {"booked_tokens": None},
        {"latency_s": float("nan")},
        {"probabilities": (("s", float("nan")),)},
        {"probabilities": (("weather", 1.0),)},
        {"probabilities": {"s": 1.0}},
        {"cost_usd": 1e308},
        {"cost_usd": 10**400},
    ],
)
def test_an_answer_that_the_ledger_could_not_write_down_is_refused_by_the_name_of_its_teacher(
    wrong: dict[str, object],
) -> None:
    ledger = InMemoryLedger()
    answer = replace(TeacherAnswer(label="s", raw="", cost_usd=0.1), **wrong)  # type: ignore[arg-type]
    with pytest.raises(TeacherMisconfigured, match=r"^The teacher 'theirs' \(MRARU_TEACHER\): "):
        booked(brought(answer), ledger).label("text")
    assert (ledger.states, ledger.spending(1).cost_usd) == (["forfeited"], 0.5)


def test_halves_of_characters_and_numbers_of_numpy_are_no_reason_to_lose_an_answer() -> None:
    answer = TeacherAnswer(label="s", raw="Sport \ud800", cost_usd=np.float32(0.25), cut_at=-1)  # type: ignore[arg-type]
    taken = brought(answer, bound_usd=np.float32(0.5)).label("text")
    assert (taken.raw, taken.cost_usd, type(taken.cost_usd), taken.cut_at) == ("Sport ?", 0.25, float, None)


@pytest.mark.parametrize("bound", [10**400, 1e300])
def test_a_bound_that_no_ledger_can_add_up_is_refused(bound: object) -> None:
    for teacher in (brought(bound_usd=bound), brought(tokens=bound)):
        with pytest.raises(TeacherMisconfigured, match=r"'theirs' \(MRARU_TEACHER\)"):
            booked(teacher, InMemoryLedger()).label("text")


def test_one_that_says_it_costs_nothing_is_held_to_what_it_cost() -> None:
    ledger = InMemoryLedger()
    teacher = booked(brought(TeacherAnswer(label="s", raw="", cost_usd=0.1), bound_usd=0.0), ledger, max_cost_usd=0.25)
    for text in ("one", "two"):
        teacher.label(text)
    with pytest.raises(BudgetExceeded):
        teacher.label("three")
    assert ledger.spending(1).cost_usd <= 0.25


def test_what_it_cannot_say_of_itself_is_told_by_its_name() -> None:
    class Broken(SomebodysTeacher):
        def cost_bound_usd(self, text: str) -> float:
            raise KeyError(text)

        def identity_of(self, text: str) -> TeacherIdentity:
            return {"model": "x"}  # type: ignore[return-value]

    teacher = BroughtTeacher(Broken(), JOB, brought_as="theirs", timeout_s=5.0)
    with pytest.raises(PluginInvalid, match=r"'theirs' \(MRARU_TEACHER\): cost_bound_usd fails with KeyError\. Mend"):
        teacher.cost_bound_usd("text")
    with pytest.raises(PluginInvalid, match="TeacherIdentity"):
        teacher.identity_of("text")


def test_one_that_hangs_is_waited_for_no_longer_than_is_set_and_may_have_been_billed() -> None:
    is_over = Event()

    class Hanging(SomebodysTeacher):
        def label(self, text: str) -> TeacherAnswer:
            is_over.wait()
            return TeacherAnswer(label="s", raw="s", cost_usd=0.1)

    ledger = InMemoryLedger()
    teacher = BroughtTeacher(Hanging(), JOB, brought_as="theirs", timeout_s=0.05)
    try:
        with pytest.raises(
            TeacherUnavailable, match=r"'theirs' has not answered within 0.05 s \(MRARU_TEACHER_TIMEOUT_S"
        ):
            booked(teacher, ledger).label("text")
    finally:
        is_over.set()
    assert ledger.spending(1).cost_usd == 0.5  # its bound


def test_where_it_names_no_labels_nobody_is_told_to_change_an_llm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mraru.plugins._find", lambda group: {"theirs": object()})
    said = describe_alarm("theirs/somebody", ["no keyword"] * 11)
    assert "set another teacher (MRARU_TEACHER), then start the project again" in said
    assert "OPENAI_MODEL" not in said
    assert "OPENAI_MODEL" in describe_alarm("gpt-4.1-mini", ["no keyword"] * 11)
