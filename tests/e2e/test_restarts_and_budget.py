"""What may never happen: an answer paid for twice, a person's label lost, a call beyond the budget."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import pytest
from label_studio_sdk import LabelStudio

from e2e.annotator import Annotator
from e2e.running import RunningBackend, is_quiet, wait_until
from e2e.stage import Stage, StageMaker
from fakes.openai_faults import Stall
from fakes.openai_server import LONGEST_STALL_S

pytestmark = [pytest.mark.label_studio, pytest.mark.slow]

N_TEXTS = 40
N_CHARS = 400  # of each text: short ones are embedded soon
SHORT_ROUNDS = {"MRARU_BATCH_SIZE": "6", "MRARU_MAX_ROUNDS": "2"}


def test_a_kill_repeats_no_answered_call_and_counts_those_under_way(
    make_stage: StageMaker, label_studio_sdk: LabelStudio
) -> None:
    stage = make_stage(N_TEXTS, N_CHARS)
    stage.teacher.queue(*[None] * 5, Stall(), Stall(), Stall())  # four calls at a time: the 6th to 8th stay open
    backend = stage.start(**SHORT_ROUNDS)
    backend.connect(stage.project_id)
    backend.wait_for(
        stage.project_id,
        lambda state: stage.teacher.n_requests == 8 and state["teacher"]["n_labels"] == 5,
        "five answers are kept and three calls are under way",
    )
    backend.kill()
    under_way = stage.teacher.texts[5:]
    stage.teacher.let_go.set()

    state = finish(stage, stage.start(**SHORT_ROUNDS))

    asked = Counter(stage.teacher.texts)
    assert stage.teacher.texts_answered_twice == []
    assert sorted(text for text, times in asked.items() if times == 2) == sorted(under_way)
    assert set(asked.values()) == {1, 2}
    assert state["teacher"]["n_calls"] == stage.teacher.n_requests
    assert state["teacher"]["n_labels"] == len(asked)
    assert [round_["kind"] for round_ in state["rounds"]] == ["seed", "mraru", "mraru"]
    stored = Annotator(label_studio_sdk, stage.project_id).predictions()
    assert {*Counter((row.task, row.model_version) for row in stored).values()} == {1}


def test_a_stop_keeps_the_answers_under_way_and_what_people_did_meanwhile_counts(
    make_stage: StageMaker, label_studio_sdk: LabelStudio
) -> None:
    stage = make_stage(N_TEXTS, N_CHARS)
    answer, may_answer = stage.teacher.label_text, threading.Event()

    def answer_late(text: str) -> str:
        if stage.teacher.n_requests > 4:
            may_answer.wait(LONGEST_STALL_S)
        return answer(text)

    stage.teacher.label_text = answer_late
    backend = stage.start(**SHORT_ROUNDS)
    backend.connect(stage.project_id)
    wait_until(lambda: stage.teacher.n_requests == 8, "four calls are under way")
    backend.ask_to_stop()
    wait_until(lambda: not backend.is_listening(), "the backend is ending")
    may_answer.set()
    assert backend.wait_for_end() == 0
    annotator = Annotator(label_studio_sdk, stage.project_id)
    unasked = next(task for task, text in annotator.texts().items() if text not in stage.teacher.texts)
    annotator.submit(unasked, stage.samples.labels[0])  # no webhook arrives

    state = finish(stage, stage.start(**SHORT_ROUNDS))

    asked = Counter(stage.teacher.texts)
    assert set(asked.values()) == {1}
    assert annotator.texts()[unasked] not in asked
    assert state["teacher"]["n_calls"] == state["teacher"]["n_labels"] == len(asked)
    assert state["n_gold"] == state["rounds"][-1]["n_gold"] == 1


def test_the_budget_in_calls_and_in_dollars_is_never_passed(make_stage: StageMaker) -> None:
    stage = make_stage(N_TEXTS, N_CHARS)
    # Few tokens for an answer, so that a call reserves some 20 times of what it costs, not more.
    unlimited = {"MRARU_BATCH_SIZE": "6", "MRARU_MAX_ROUNDS": "100", "MRARU_TEACHER_MAX_TOKENS": "16"}
    backend = stage.start(**unlimited, MRARU_MAX_CALLS="9")
    backend.connect(stage.project_id)
    state = finish(stage, backend)
    assert state["reason"] == "budget: 9 of 9 calls made (MRARU_MAX_CALLS)"
    assert state["teacher"]["n_calls"] == stage.teacher.n_requests == 9

    limit_usd = 4 * state["teacher"]["cost_usd"]
    state = finish(stage, stage.start(**unlimited, MRARU_MAX_COST_USD=f"{limit_usd:.6f}"), "MRARU_MAX_COST_USD")

    assert state["reason"].startswith("budget: $")
    assert 9 < state["teacher"]["n_calls"] == stage.teacher.n_requests < N_TEXTS
    assert limit_usd / 3 < state["teacher"]["cost_usd"] <= limit_usd


def finish(stage: Stage, backend: RunningBackend, reason: str = "") -> dict[str, Any]:
    """The project's state when nothing is left to do, for a reason that names this; the backend is stopped then."""
    state = backend.wait_for(
        stage.project_id, lambda state: is_quiet(state) and reason in state["reason"], f"the rounds are over {reason}"
    )
    backend.stop()
    return state
