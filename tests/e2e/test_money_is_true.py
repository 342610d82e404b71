"""What the LLM cost, wherever it is told, against what the simulated teacher's server counted; checks included."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import httpx
import pytest

from e2e.running import RunningBackend, is_quiet, run_mraru
from e2e.stage import Stage, StageMaker
from fakes.openai_faults import OddAnswer, thinking

pytestmark = [pytest.mark.label_studio, pytest.mark.slow]

INPUT_USD, OUTPUT_USD = 0.25, 1.0  # per million tokens: a check stays below a cent, however much room thoughts need
PRICES = {"MRARU_INPUT_USD_PER_MTOK": str(INPUT_USD), "MRARU_OUTPUT_USD_PER_MTOK": str(OUTPUT_USD)}
N_TEXTS = 40


def counted(stage: Stage) -> tuple[int, int, float]:
    """Prompt tokens, answer tokens and dollars, as the server counted them."""
    prompt = sum(usage["prompt_tokens"] for usage in stage.teacher.usages)
    answer = sum(usage["completion_tokens"] for usage in stage.teacher.usages)
    return prompt, answer, (INPUT_USD * prompt + OUTPUT_USD * answer) / 1e6


def command(backend: RunningBackend, *arguments: str) -> tuple[int, str]:
    done = run_mraru(*arguments, settings=backend.settings, folder=backend.folder)
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def get(backend: RunningBackend, path: str) -> httpx.Response:
    answer = httpx.get(f"{backend.url}{path}", timeout=60)
    answer.raise_for_status()
    return answer


@pytest.mark.parametrize("behaves", [thinking(600), lambda body: OddAnswer()], ids=["it thinks first", "it does not"])
def test_calls_tokens_and_dollars_are_those_of_the_server_wherever_they_are_told(
    make_stage: StageMaker, behaves: Any
) -> None:
    stage = make_stage(N_TEXTS, 300)
    stage.teacher.behaves = behaves
    truth, texts = stage.teacher.label_text, set(stage.samples.texts)
    first = stage.samples.labels[0]  # of which the question of the check is
    stage.teacher.label_text = lambda text: truth(text) if text in texts else first
    backend = stage.start(**PRICES, MRARU_TEACHER_CHECK="true", MRARU_BATCH_SIZE="6", MRARU_MAX_ROUNDS="2")
    said = " ".join(backend.connect(stage.project_id).split())
    assert "Looked at all 40 tasks" in said
    assert "works: it answered" in said  # the check of the LLM
    n_of_check = stage.teacher.n_requests
    assert n_of_check >= 1
    state = backend.wait_for(stage.project_id, is_quiet, "two rounds are done")

    asked = [text for text in stage.teacher.texts if text in texts]
    assert len(set(asked)) == state["teacher"]["n_labels"] == len(asked)  # none twice, all with a label
    prompt, answer, dollars = counted(stage)
    teacher = state["teacher"]
    assert (teacher["prompt_tokens"], teacher["completion_tokens"]) == (prompt, answer)
    assert teacher["n_calls"] == stage.teacher.n_requests
    assert teacher["cost_usd"] == pytest.approx(dollars)

    rows = list(csv.DictReader(io.StringIO(get(backend, f"/api/projects/{stage.project_id}/ledger.csv").text)))
    assert len(rows) == stage.teacher.n_requests
    assert sum(float(row["cost_usd"]) for row in rows) == pytest.approx(dollars)
    assert max(float(row["cost_usd"]) / float(row["reserved_usd"]) for row in rows) <= 1.0

    _, report = command(backend, "cost", "report", str(stage.project_id))
    spent = re.search(r"Project \d+: (\d+) of [\d,]+ calls, ([\d,]+) tokens, \$(\d+\.\d+)", report)
    assert spent is not None, report
    assert int(spent[1]) == stage.teacher.n_requests
    assert int(spent[2].replace(",", "")) == prompt + answer
    assert float(spent[3]) == pytest.approx(dollars, abs=5e-5)  # four decimals
    assert f"${dollars:.4f}" in state["headline"]["money"] or f"${dollars:.2f}" in state["headline"]["money"]

    code, examined = command(backend, "doctor", str(stage.project_id))
    assert code in (0, 1), examined
    assert "[budget-zero]" not in examined


def test_a_server_that_names_no_labels_costs_eleven_answers_and_is_named_on_every_page(make_stage: StageMaker) -> None:
    stage = make_stage(N_TEXTS, 300)
    backend = stage.start(**PRICES, MRARU_TEACHER_CONCURRENCY="1", MRARU_SEEDING="random", MRARU_BATCH_SIZE="25")
    stage.teacher.behaves = lambda body: OddAnswer(content="That is hard to say.")
    backend.connect(stage.project_id)
    state = backend.wait_for(stage.project_id, lambda state: state["state"] == "paused", "it pauses by itself")
    assert state["teacher"]["n_calls"] == 11
    assert "named no label in 11 of its last 11 answers" in state["reason"]
    assert state["teacher"]["cost_usd"] == pytest.approx(counted(stage)[2])
    code, examined = command(backend, "doctor", str(stage.project_id))
    assert code == 2
    assert "named no label in 11" in examined
    assert state["headline"]["next"] == "Next: see to what its state says, then start it again."
    assert "named no label in 11" in get(backend, f"/api/projects/{stage.project_id}/report.html").text
