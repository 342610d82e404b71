"""Rounds by batch jobs: half the price, nothing waited for in the worker, nothing paid twice or lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from fakes.batch_bench import PRICE, BatchBench, make_batch_bench
from fakes.label_studio import LABELS, label_config
from fakes.loop_bench import PROJECT, class_of
from fakes.openai_faults import OddAnswer, prompt_filtered, quota_used_up, rate_limited, server_error
from fakes.openai_server import OpenAIServer
from fakes.reserving import reserve
from mraru.budget_records import Budget
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.records import TeacherAnswer, Usage, hash_text
from mraru.store.ledger.batch_jobs import BatchStatus
from mraru.store.ledger.headroom import ENOUGH_SEEN
from mraru.store.projects.project_repository import ProgressPhase, ProjectState
from mraru.store.projects.round_repository import RoundKind, RoundStep
from mraru.store.tables.project_tables import batch_jobs, calls
from mraru.teachers.llm.answers.confidence import Confidence, ConfidenceMethod
from mraru.teachers.prompting.few_shot_examples import Example

pytestmark = pytest.mark.slow

BenchMaker = Callable[..., BatchBench]


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(class_of) as running:
        yield running


@pytest.fixture
def make(tmp_path: Path, server: OpenAIServer) -> Iterator[BenchMaker]:
    made: list[BatchBench] = []

    def make_one(**options: object) -> BatchBench:
        made.append(make_batch_bench(tmp_path / f"bench-{len(made)}", server, **options))
        return made[-1]

    yield make_one
    for bench in made:
        bench.close()


@pytest.fixture
def bench(make: BenchMaker) -> BatchBench:
    return make()


def test_a_round_is_one_job_at_half_the_price(bench: BatchBench, server: OpenAIServer) -> None:
    bench.work_to_the_end()
    assert [len(texts) for texts in server.batches.texts] == [5]
    assert server.n_requests == 0  # nobody was asked at once
    assert bench.call_statuses == {"answered": 5}
    bench.check_books()
    spent = bench.store.ledger.spending(PROJECT)
    full = PRICE.cost_usd(prompt_tokens=spent.prompt_tokens, completion_tokens=spent.completion_tokens)
    assert spent.cost_usd == pytest.approx(full / 2)
    labels = {row.text_hash: row.label for row in bench.store.teacher_labels.list_all(PROJECT)}
    texts = bench.store.tasks.load_texts(PROJECT, list(labels))
    assert {texts[name]: label for name, label in labels.items()} == {
        text: class_of(text) for text in server.batches.texts[0]
    }
    round_ = bench.store.rounds.list_all(PROJECT)[-1]
    assert (round_.step, round_.n_labels) == (RoundStep.DONE, 8)
    assert [job.status for job in bench.jobs] == [BatchStatus.DONE]
    assert bench.project.state is ProjectState.STOPPED


def test_while_a_job_is_under_way_the_project_says_so_and_nothing_blocks(
    bench: BatchBench, server: OpenAIServer
) -> None:
    server.batches.is_held = True
    advance = bench.work()
    assert advance.again_at == bench.clock() + 60.0
    assert (bench.project.state, bench.project.phase) == (ProjectState.RUNNING, ProgressPhase.WAITING)
    assert (bench.project.n_done, bench.project.n_total) == (0, 5)
    bench.clock.advance(61.0)
    bench.work()
    assert len(server.batches.jobs) == 1


def test_a_job_is_looked_at_no_more_often_than_set(bench: BatchBench, server: OpenAIServer) -> None:
    server.batches.is_held = True
    bench.work()
    n_before = server.batches.n_looks
    for _ in range(10):
        bench.clock.advance(5.9)
        bench.work()
    assert server.batches.n_looks == n_before
    bench.clock.advance(5.9)
    bench.work()
    assert server.batches.n_looks == n_before + 1


def test_calls_in_a_job_count_in_full_and_outlive_every_bound(bench: BatchBench, server: OpenAIServer) -> None:
    server.batches.is_held = True
    bench.work()
    reserved = bench.store.ledger.spending(PROJECT)
    assert reserved.n_calls == 5
    assert reserved.cost_usd > 0
    bench.clock.advance(20 * 3600.0)
    bench.restart()
    bench.work()
    assert bench.store.ledger.spending(PROJECT) == reserved
    server.batches.is_held = False
    bench.clock.advance(60.0)
    bench.work_to_the_end()
    assert bench.call_statuses == {"answered": 5}
    assert bench.store.ledger.spending(PROJECT).cost_usd < reserved.cost_usd
    bench.check_books()


def test_an_answer_outside_the_labels_is_asked_again_at_once_at_the_full_price(
    bench: BatchBench, server: OpenAIServer
) -> None:
    server.batches.is_held = True
    bench.work()
    wrong = server.batches.texts[0][0]
    server.batches.line_faults[wrong] = OddAnswer(content='{"label": "politics"}')
    server.batches.is_held = False
    bench.clock.advance(60.0)
    bench.work_to_the_end()
    assert server.texts == [wrong]
    assert [m["role"] for m in server.requests[0].body["messages"]] == ["system", "user", "assistant", "user"]
    dearest = max(bench.store.ledger_lines.list_all(PROJECT), key=lambda line: line.cost_usd)
    full = PRICE.cost_usd(prompt_tokens=dearest.prompt_tokens, completion_tokens=dearest.completion_tokens)
    assert full / 2 < dearest.cost_usd < full
    assert dearest.label == class_of(wrong)
    assert bench.call_statuses == {"answered": 5}


def test_lines_that_failed_go_into_another_job(bench: BatchBench, server: OpenAIServer) -> None:
    server.batches.is_held = True
    bench.work()
    failing = server.batches.texts[0][:2]
    server.batches.line_faults |= dict.fromkeys(failing, server_error())
    server.batches.is_held = False
    bench.clock.advance(60.0)
    bench.work()
    server.batches.line_faults.clear()
    bench.work_to_the_end()
    assert server.batches.texts[1] == failing
    assert bench.call_statuses == {"answered": 5, "released": 2}
    assert server.n_requests == 0
    bench.check_books()


def test_after_three_jobs_the_rest_is_asked_at_once(bench: BatchBench, server: OpenAIServer) -> None:
    server.batches.is_held = True
    bench.work()
    failing = server.batches.texts[0][0]
    server.batches.line_faults[failing] = server_error()
    server.batches.is_held = False
    bench.work_to_the_end()
    assert [len(texts) for texts in server.batches.texts] == [5, 1, 1]
    assert server.texts == [failing]
    assert bench.call_statuses == {"answered": 5, "released": 3}
    bench.check_books()


def test_a_text_that_the_content_filter_refuses_gets_no_label(bench: BatchBench, server: OpenAIServer) -> None:
    server.batches.is_held = True
    bench.work()
    server.batches.line_faults[server.batches.texts[0][0]] = prompt_filtered()
    server.batches.is_held = False
    bench.work_to_the_end()
    assert len(server.batches.jobs) == 1
    assert server.n_requests == 0
    reasons = [row.no_label_reason for row in bench.store.teacher_labels.list_all(PROJECT) if row.label is None]
    assert len(reasons) == 1
    assert "content filter" in str(reasons[0])


def test_a_refused_parameter_is_left_out_of_the_next_job(bench: BatchBench, server: OpenAIServer) -> None:
    server.unwelcome_parameters = {"temperature"}
    bench.work_to_the_end()
    assert ["temperature" in job.lines[0]["body"] for job in server.batches.jobs] == [True, False]
    assert bench.call_statuses == {"answered": 5, "released": 5}
    bench.check_books()


def test_a_job_that_expires_keeps_the_half_that_it_answered(bench: BatchBench, server: OpenAIServer) -> None:
    server.batches.expire_after = 2
    bench.work()
    bench.clock.advance(60.0)
    bench.loop.advance()
    server.batches.expire_after = None
    bench.work_to_the_end()
    assert [len(texts) for texts in server.batches.texts] == [5, 3]
    assert set(server.batches.texts[0]) == {*server.batches.texts[1], *server.batches.texts[0][:2]}
    assert bench.call_statuses == {"answered": 5, "released": 3}
    assert server.n_requests == 0
    bench.check_books()


def test_answers_that_the_server_counted_and_did_not_give_stay_spent(bench: BatchBench, server: OpenAIServer) -> None:
    server.batches.is_held = True
    bench.work()
    server.batches.lines_left_out = {server.batches.texts[0][0]}
    server.batches.is_held = False
    bench.clock.advance(60.0)
    bench.loop.advance()
    server.batches.lines_left_out = set()
    bench.work_to_the_end()
    assert bench.call_statuses == {"answered": 5, "forfeited": 1}


def test_a_job_that_fails_as_a_whole_costs_nothing_and_is_tried_again_later(
    bench: BatchBench, server: OpenAIServer
) -> None:
    server.batches.fail_with = [{"code": "token_limit_exceeded", "message": "Enqueued token limit reached."}]
    bench.work()
    bench.clock.advance(60.0)
    bench.work()
    assert bench.project.state is ProjectState.PAUSED
    assert "Enqueued token limit reached" in bench.project.reason
    assert bench.store.ledger.spending(PROJECT).n_calls == 0
    bench.work_to_the_end()
    assert bench.call_statuses == {"answered": 5, "released": 5}
    bench.check_books()


def test_a_job_refused_for_its_model_says_what_to_check(bench: BatchBench, server: OpenAIServer) -> None:
    server.batches.fail_with = [{"code": "model_not_found", "message": "The model m does not exist."}]
    bench.work()
    bench.clock.advance(60.0)
    bench.work()
    assert bench.project.state is ProjectState.FAILED
    assert "OPENAI_MODEL" in bench.project.reason
    assert bench.store.ledger.spending(PROJECT).n_calls == 0
    assert server.n_requests == 0


def test_a_server_without_batches_names_the_setting(bench: BatchBench, server: OpenAIServer) -> None:
    server.batches.is_offered = False
    bench.work()
    assert bench.project.state is ProjectState.FAILED
    assert "unset MRARU_BATCH_API" in bench.project.reason
    assert bench.call_statuses == {"released": 5}


def test_an_account_without_money_says_so(bench: BatchBench, server: OpenAIServer) -> None:
    server.batches.create_faults.append(quota_used_up())
    bench.work()
    assert bench.project.state is ProjectState.FAILED
    assert "no money left" in bench.project.reason
    assert bench.call_statuses == {"released": 5}


@pytest.mark.parametrize("fault", ["upload", "create", "look"])
def test_a_busy_server_pauses_the_project_and_nothing_is_sent_twice(
    bench: BatchBench, server: OpenAIServer, fault: str
) -> None:
    getattr(server.batches, f"{fault}_faults").append(rate_limited(retry_after_s=90))
    bench.work()
    if fault == "look":
        bench.clock.advance(60.0)
        bench.work()
    assert bench.project.state is ProjectState.PAUSED
    bench.work_to_the_end()
    assert len(server.batches.jobs) == 1
    assert bench.call_statuses == {"answered": 5}
    bench.check_books()


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_job_whose_creation_was_cut_off_is_found_again_or_made_once(
    bench: BatchBench, server: OpenAIServer, moment: str
) -> None:
    setattr(server.batches, f"drop_{moment}_create", 1)
    bench.work()
    bench.restart()
    bench.work_to_the_end()
    assert len(server.batches.jobs) == 1
    assert bench.call_statuses == {"answered": 5}
    bench.check_books()


def test_corrections_are_learned_during_a_job_and_its_answers_after_it(bench: BatchBench, server: OpenAIServer) -> None:
    server.batches.is_held = True
    bench.set_options(retrain_after=1)
    bench.work()
    first = bench.project.served_round
    bench.correct(10, LABELS[0])
    bench.work()
    rounds = bench.store.rounds.list_all(PROJECT)
    assert bench.project.served_round != first  # people did not wait for the job
    assert bench.project.phase is ProgressPhase.WAITING
    assert all(round_.step is RoundStep.DONE for round_ in rounds)
    server.batches.is_held = False
    bench.work_to_the_end()
    late = bench.store.rounds.list_all(PROJECT)[-1]
    assert late.kind is RoundKind.BATCH_ANSWERS
    assert late.n_labels == rounds[-1].n_labels + len(set(server.batches.texts[0]) - {bench.label_studio.tasks[10]})
    said = [row.task_id for row in bench.label_studio.predictions if row.model_version != "mraru"]
    assert len(said) >= 4  # what the LLM said is shown
    assert bench.call_statuses == {"answered": 5}
    assert len(server.batches.jobs) == 1
    bench.check_books()


def test_no_round_is_opened_while_a_job_is_under_way(make: BenchMaker, server: OpenAIServer) -> None:
    bench = make(max_rounds=5, retrain_after=1)
    server.batches.is_held = True
    bench.work()
    bench.correct(10, LABELS[0])
    bench.work()
    sampled = [round_ for round_ in bench.store.rounds.list_all(PROJECT) if round_.n_accepted]
    assert len(sampled) == 1
    server.batches.is_held = False
    bench.work_to_the_end()
    sampled = [round_ for round_ in bench.store.rounds.list_all(PROJECT) if round_.n_accepted]
    assert len(sampled) == 5
    bench.check_books()


def test_a_job_under_way_is_looked_after_when_the_setting_is_turned_off(
    bench: BatchBench, server: OpenAIServer
) -> None:
    server.batches.is_held = True
    bench.work()
    bench.set_options(batch_api=False)
    bench.work()
    assert server.n_requests == 0
    server.batches.is_held = False
    bench.work_to_the_end()
    assert bench.call_statuses == {"answered": 5}
    assert server.n_requests == 0
    assert len(server.batches.jobs) == 1


def test_a_disconnected_project_collects_what_is_paid_and_asks_nobody(bench: BatchBench, server: OpenAIServer) -> None:
    server.batches.is_held = True
    bench.work()
    bench.store.projects.disconnect(PROJECT)
    server.batches.is_held = False
    server.batches.line_faults[server.batches.texts[0][0]] = OddAnswer(content="politics")
    bench.clock.advance(60.0)
    bench.work()
    assert bench.call_statuses == {"answered": 5}
    assert server.n_requests == 0
    assert bench.store.teacher_labels.list_all(PROJECT) == []
    bench.store.projects.start(PROJECT)
    bench.work_to_the_end()
    assert len(bench.store.teacher_labels.list_all(PROJECT)) == 5
    assert len(server.batches.jobs) == 1
    assert server.n_requests == 0


def test_a_task_that_is_deleted_during_its_job_is_paid_and_booked(bench: BatchBench, server: OpenAIServer) -> None:
    server.batches.is_held = True
    bench.work()
    gone = server.batches.texts[0][0]
    task_id = next(task_id for task_id, text in bench.label_studio.tasks.items() if text == gone)
    del bench.label_studio.tasks[task_id]
    bench.store.projects.request_sync(PROJECT)
    server.batches.is_held = False
    bench.work_to_the_end()
    assert bench.call_statuses == {"answered": 5}
    assert len(bench.store.teacher_labels.list_all(PROJECT)) == 4
    bench.check_books()


def test_answers_to_an_earlier_prompt_are_taken_over_and_not_asked_again(
    bench: BatchBench, server: OpenAIServer
) -> None:
    server.batches.is_held = True
    bench.work()
    bench.label_studio.label_config = label_config((*LABELS, "politics"))  # another prompt, all labels still there
    bench.store.projects.request_sync(PROJECT)
    bench.work()
    server.batches.is_held = False
    bench.work_to_the_end()
    assert len(bench.store.teacher_labels.list_all(PROJECT)) == 5
    assert bench.call_statuses == {"answered": 5}
    assert server.n_requests == 0


def test_an_answer_with_a_label_that_the_config_lost_meanwhile_is_kept_and_not_asked_again(
    bench: BatchBench, server: OpenAIServer
) -> None:
    server.batches.is_held = True
    bench.work()
    foods = [hash_text(text) for text in server.batches.texts[0] if class_of(text) == "food"]
    assert foods
    bench.label_studio.label_config = label_config(("sport", "tech", "meal"))
    bench.store.projects.request_sync(PROJECT)
    server.batches.is_held = False
    bench.clock.advance(61.0)
    bench.work_to_the_end()
    labels = {row.text_hash: row.label for row in bench.store.teacher_labels.list_all(PROJECT)}
    assert {name: labels.get(name) for name in foods} == dict.fromkeys(foods, "food")
    assert server.n_requests == 0
    bench.check_books()


def test_a_budget_that_fits_some_texts_sends_those_and_is_never_passed(make: BenchMaker, server: OpenAIServer) -> None:
    bench = make(max_calls=3, max_cost_usd=1.0)
    server.batches.is_held = True
    bench.work()
    assert [len(texts) for texts in server.batches.texts] == [3]
    server.batches.is_held = False
    bench.work_to_the_end()
    assert bench.call_statuses == {"answered": 3}
    assert bench.project.state is ProjectState.STOPPED
    assert len(bench.jobs) == 1
    assert server.n_requests == 0


def test_what_a_job_did_not_use_of_the_budget_goes_to_the_next(make: BenchMaker, server: OpenAIServer) -> None:
    bench = make()
    text = "sport 0"
    schema = parse_label_config(bench.label_studio.label_config)
    teacher = bench.make_batch_teachers(bench.project, schema)[0]
    bound = teacher.cost_bound_usd(text)
    paid_usd = PRICE.cost_usd(prompt_tokens=50, completion_tokens=5)
    usage = Usage(prompt_tokens=50, completion_tokens=5)
    seen = TeacherAnswer(label="sport", raw="sport", usage=usage, cost_usd=paid_usd)
    for number in range(ENOUGH_SEEN):  # by another project, so that the first job is as large as the budget lets it
        call_id = reserve(bench.store.ledger, f"seen {number}", project_id=PROJECT + 1, identity=teacher.identity)
        bench.store.ledger.settle(call_id, seen)
    bench.set_options(max_calls=100, max_cost_usd=3.5 * bound)
    bench.work_to_the_end()
    assert len(server.batches.texts[0]) == 3
    assert bench.call_statuses == {"answered": 5 + ENOUGH_SEEN}
    assert bench.store.ledger.spending(PROJECT).cost_usd <= 3.5 * bound
    bench.check_books()


def test_a_text_in_another_projects_job_is_waited_for_and_not_paid_again(
    bench: BatchBench, server: OpenAIServer
) -> None:
    server.batches.is_held = True
    schema = parse_label_config(bench.label_studio.label_config)
    bench.loop.advance()  # reads the tasks
    bench.loop.advance()  # chooses the texts
    (teacher,) = bench.make_batch_teachers(bench.project, schema)
    chosen = [visit.text_hash for visit in bench.store.rounds.list_visits(PROJECT, 1) if visit.accepted]
    text = bench.store.tasks.load_texts(PROJECT, chosen)[chosen[0]]
    other = bench.store.batch_jobs.open(2, round_number=1, identity=teacher.identity, at=bench.clock())
    call_id = bench.store.ledger.reserve_in_batch(
        other, text_hash=chosen[0], body="{}", cost_bound_usd=0.1, tokens_bound=10, budget=Budget()
    )
    assert bench.work().again_at is not None
    assert text not in server.batches.texts[0]
    server.batches.is_held = False
    bench.clock.advance(60.0)
    assert bench.work().again_at is not None  # four of five are there
    answer = TeacherAnswer(label=class_of(text), raw="said elsewhere")
    bench.store.ledger.settle(call_id, answer)
    bench.work_to_the_end()
    assert len(bench.store.teacher_labels.list_all(PROJECT)) == 5
    assert bench.store.ledger.spending(PROJECT).n_calls == 4
    assert server.n_requests == 0


class GrowingExamples:
    """None until people have labelled."""

    def __init__(self) -> None:
        self.listed: tuple[Example, ...] = ()

    def nearest(self, text: str, n_examples: int) -> tuple[Example, ...]:
        return self.listed


@pytest.mark.parametrize("is_changed", [False, True], ids=["same prompt", "another prompt meanwhile"])
def test_what_a_job_was_asked_without_examples_is_not_paid_again_when_there_are_some(
    bench: BatchBench, server: OpenAIServer, is_changed: bool
) -> None:
    bench.examples = examples = GrowingExamples()
    bench.restart()
    server.batches.is_held = True
    bench.work()
    examples.listed = (Example(text="sport 99", label="sport"),)
    if is_changed:
        bench.confidence = Confidence(method=ConfidenceMethod.LOGPROBS)
    bench.restart()  # a new process remembers no choice of examples
    server.batches.is_held = False
    bench.work_to_the_end()
    (teacher,) = bench.make_batch_teachers(bench.project, parse_label_config(bench.label_studio.label_config))
    assert server.n_requests == 0
    assert [len(texts) for texts in server.batches.texts] == [5]
    assert bench.call_statuses == {"answered": 5}
    labels = bench.store.teacher_labels.list_all(PROJECT)
    assert len(labels) == 5
    bare = {label.prompt_version for label in labels}
    assert len(bare) == 1
    if not is_changed:
        assert bare == set(teacher.identity.other_versions)


def test_a_job_at_a_server_that_is_no_longer_asked_is_warned_of_and_at_last_given_up(
    bench: BatchBench, server: OpenAIServer
) -> None:
    server.batches.is_held = True
    bench.work()
    with bench.store.database.write() as connection:  # as if the settings had named another server then
        for table in (batch_jobs, calls):
            connection.execute(update(table).values(server="https://former.example/v1"))
    server.batches.is_held = False
    bench.clock.advance(60.0)
    bench.work_to_the_end()  # nobody waits for it: the teacher of now is asked about the same texts
    assert len(server.batches.jobs) == 2
    assert bench.project.state is ProjectState.STOPPED
    assert "former.example" in str(bench.store.warnings.list_all(PROJECT))
    bench.clock.advance(8 * 24 * 3600.0)
    bench.work()
    assert bench.jobs[0].status is BatchStatus.FAILED
    assert bench.store.warnings.list_all(PROJECT) == []
    assert bench.call_statuses == {"answered": 5, "forfeited": 5}
