"""The loop from the first text to the last: rounds, what they ask, embed, write, and why they end."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fakes.loop_bench import LoopBench
from mraru.budget_records import Budget
from mraru.errors import BudgetExceeded
from mraru.projects.rounds.asking import Asking
from mraru.query_strategies.random_sampling import RandomSampling
from mraru.records import hash_text
from mraru.store.projects.project_repository import ProjectState
from mraru.store.projects.round_repository import RoundKind, RoundStep
from mraru.teachers.guards.budgeted import BudgetedTeacher

PROJECT = 1
BenchMaker = Callable[..., LoopBench]


def test_a_project_that_nobody_started_is_left_alone(bench: LoopBench) -> None:
    bench.store.projects.connect(
        PROJECT, label_config=bench.label_studio.label_config, hostname=None, access_token=None, backend_url=None
    )
    assert not bench.loop.advance().more
    assert bench.teacher.asked == []
    assert bench.project.state is ProjectState.CONNECTED


def test_seeding_ends_as_soon_as_every_class_has_a_label(bench: LoopBench) -> None:
    bench.start()
    bench.run()
    seed = bench.store.rounds.list_all(PROJECT)[0]
    assert seed.kind is RoundKind.SEED
    seeded = bench.teacher.asked[: seed.n_accepted]
    assert {text.split()[0] for text in seeded} == {"sport", "tech", "food"}
    before_last_draw = seeded[: -(seed.n_accepted % 4 or 4)]
    assert {text.split()[0] for text in before_last_draw} != {"sport", "tech", "food"}


def test_rounds_of_the_batch_size_follow_until_the_given_number_is_done(bench: LoopBench) -> None:
    bench.start()
    bench.run()
    rounds = bench.store.rounds.list_all(PROJECT)
    assert [round_.kind for round_ in rounds] == [RoundKind.SEED] + 3 * [RoundKind.MRARU]
    assert [round_.n_accepted for round_ in rounds[1:]] == [5, 5, 5]
    assert all(round_.step is RoundStep.DONE for round_ in rounds)
    assert bench.project.state is ProjectState.STOPPED
    assert bench.project.reason == "3 of 3 rounds done (MRARU_MAX_ROUNDS)"


def test_every_visit_is_written_down_with_its_acceptance_probability(bench: LoopBench) -> None:
    bench.start()
    bench.run()
    round_ = bench.store.rounds.list_all(PROJECT)[1]
    visits = bench.store.rounds.list_visits(PROJECT, round_.number)
    assert len(visits) == round_.n_visited
    assert sum(visit.accepted for visit in visits) == round_.n_accepted == 5
    assert visits[-1].accepted  # the selection ends with the visit that fills the batch
    assert all(0 <= visit.acceptance_probability <= 1 for visit in visits)
    accepted = {visit.text_hash for visit in visits if visit.accepted}
    labels = bench.store.teacher_labels.list_all(PROJECT)
    assert {row.text_hash for row in labels if row.round_number == round_.number} == accepted


def test_only_what_was_visited_or_labelled_is_embedded_while_rounds_go_on(make_bench: BenchMaker) -> None:
    bench = make_bench(n_texts=300)
    bench.start()
    while bench.project.state is not ProjectState.STOPPED:
        embedded = {hash_text(text) for text in bench.embedder.embedded}
        looked_at = {
            visit.text_hash
            for round_ in bench.store.rounds.list_all(PROJECT)
            for visit in bench.store.rounds.list_visits(PROJECT, round_.number)
        }
        assert embedded <= looked_at
        assert len(embedded) < 150  # far from the whole pool
        bench.loop.advance()
    bench.run()  # covers the rest
    assert len(set(bench.embedder.embedded)) == 300


def test_no_text_is_embedded_twice(bench: LoopBench) -> None:
    bench.start()
    bench.run()
    assert len(bench.embedder.embedded) == len(set(bench.embedder.embedded)) == 60


def test_at_the_end_every_open_task_has_one_prediction_of_the_served_version(bench: LoopBench) -> None:
    bench.start()
    bench.run()
    served = bench.label_studio.of_version(bench.label_studio.model_version)
    assert bench.label_studio.model_version == bench.project.served_version == "mraru"
    assert bench.served_student == "mraru-logreg-r004"
    assert set(served) == set(bench.label_studio.tasks)
    assert all(0 <= prediction.score <= 1 for prediction in served.values())
    right = sum(bench.label_studio.tasks[task].startswith(p.label) for task, p in served.items())
    assert right >= 50


def test_each_round_writes_one_import_of_what_is_new_under_names_that_stay(bench: LoopBench) -> None:
    bench.start()
    bench.run()
    by_round = bench.label_studio.imports[:4]
    versions = [{prediction.model_version for prediction in imported} for imported in by_round]
    assert versions == [{"mraru-simulated", "mraru"}] * 4
    second_batch = [p for p in by_round[1] if p.model_version == "mraru-simulated"]
    assert len(second_batch) == 5
    assert all(bench.label_studio.tasks[p.task_id].startswith(p.label) for p in second_batch)


def test_a_round_writes_up_to_the_limit_of_new_ones_and_the_rest_follows(make_bench: BenchMaker) -> None:
    bench = make_bench(push_limit=4)
    bench.start()
    bench.run()
    by_round = [
        sum(prediction.model_version == "mraru" for prediction in imported)
        for imported in bench.label_studio.imports[:4]
    ]
    assert by_round == [4, 4, 4, 4]
    assert set(bench.label_studio.of_version("mraru")) == set(bench.label_studio.tasks)


def test_a_disagreement_is_looked_at_before_an_agreement(make_bench: BenchMaker) -> None:
    bench = make_bench(max_rounds=6)
    wrong = {f"sport {i}" for i in range(0, 60, 15)}
    bench.teacher.answer = lambda text: "food" if text in wrong else text.split()[0]
    bench.start()
    bench.run()
    served = bench.label_studio.of_version(bench.label_studio.model_version)
    asked_wrongly = [
        task for task, text in bench.label_studio.tasks.items() if text in wrong and text in bench.teacher.asked
    ]
    scores = sorted(p.score for p in served.values())
    for task in asked_wrongly:
        if bench.label_studio.tasks[task] != "food 2":
            assert served[task].score <= scores[len(scores) // 4]


def test_the_budget_in_calls_ends_the_rounds_and_is_never_passed(make_bench: BenchMaker) -> None:
    bench = make_bench(max_calls=12, max_cost_usd=1.0, max_rounds=None)
    bench.start()
    bench.run()
    assert len(bench.teacher.asked) == 12
    assert bench.project.state is ProjectState.STOPPED
    assert "12 of 12 calls" in bench.project.reason
    assert set(bench.label_studio.of_version(bench.project.served_version)) == set(bench.label_studio.tasks)


def test_the_budget_in_dollars_ends_the_rounds_and_is_never_passed(make_bench: BenchMaker) -> None:
    bench = make_bench(max_calls=1000, max_cost_usd=0.1, max_rounds=None)
    bench.teacher.cost_usd = 0.009
    bench.start()
    bench.run()
    spent = bench.store.ledger.spending(PROJECT)
    assert spent.cost_usd == pytest.approx(0.009 * len(bench.teacher.asked))
    assert 0.1 - 2 * 0.009 < spent.cost_usd <= 0.1
    assert bench.project.state is ProjectState.STOPPED
    assert "MRARU_MAX_COST_USD" in bench.project.reason


def test_the_budget_in_tokens_ends_the_rounds_and_is_never_passed(make_bench: BenchMaker) -> None:
    bench = make_bench(max_tokens=145, max_rounds=None)  # 11 a call, of at most 20
    bench.start()
    bench.run()
    assert 145 - 20 < bench.store.ledger.spending(PROJECT).n_tokens <= 145
    assert bench.project.state is ProjectState.STOPPED
    assert bench.project.reason == "budget: 132 of 145 tokens used (MRARU_MAX_TOKENS)"


def test_a_budget_of_all_projects_that_another_one_spends_ends_the_rounds_until_it_is_raised(
    make_bench: BenchMaker,
) -> None:
    bench = make_bench(total_max_calls=15, max_rounds=None)
    for number in range(5):
        bench.store.ledger.reserve(
            project_id=PROJECT + 1,
            identity=bench.teacher.identity,
            text_hash=f"elsewhere {number}",
            cost_bound_usd=0.0,
            tokens_bound=20,
            budget=Budget(),
        )
    bench.start()
    bench.run()
    assert len(bench.teacher.asked) == 10
    assert bench.project.state is ProjectState.STOPPED
    assert bench.project.reason == "budget of all projects: 15 of 15 calls made (MRARU_TOTAL_MAX_CALLS)"
    bench.set_options(total_max_calls=18)
    bench.run()
    assert len(bench.teacher.asked) == 13


def test_a_text_without_room_in_the_budget_keeps_no_cheaper_one_from_being_asked(bench: LoopBench) -> None:
    bench.start()
    bench.loop.advance()  # reads the tasks
    dear, *cheap = list(bench.label_studio.tasks.values())[:5]
    bench.teacher.cost_bound_usd = lambda text: 5.0 if text == dear else 0.01
    booked = BudgetedTeacher(bench.teacher, bench.store.ledger, project_id=PROJECT, budget=bench.settings.budget)
    asking = Asking(
        store=bench.store,
        project_id=PROJECT,
        teacher=booked,
        concurrency=1,
        clock=bench.clock,
        should_stop=lambda: False,
    )
    with pytest.raises(BudgetExceeded):
        asking.ask([hash_text(text) for text in (dear, *cheap)], 1)
    assert bench.teacher.asked == cheap
    assert len(bench.store.teacher_labels.list_all(PROJECT)) == 4


def test_a_raised_budget_lets_the_rounds_go_on(make_bench: BenchMaker) -> None:
    bench = make_bench(max_calls=12, max_cost_usd=1.0, max_rounds=None)
    bench.start()
    bench.run()
    bench.set_options(max_calls=20, max_cost_usd=1.0)
    bench.run()
    assert len(bench.teacher.asked) == len(set(bench.teacher.asked)) == 20


def test_the_rounds_end_when_every_text_was_asked_about(make_bench: BenchMaker) -> None:
    bench = make_bench(n_texts=18, max_rounds=None)
    bench.start()
    bench.run()
    assert sorted(bench.teacher.asked) == sorted(bench.label_studio.tasks.values())
    assert bench.project.reason == "nothing is left to ask about"


def test_equal_texts_are_asked_about_once_and_all_their_tasks_are_predicted(make_bench: BenchMaker) -> None:
    bench = make_bench(n_texts=18, max_rounds=None)
    bench.label_studio.tasks |= {100 + task: text for task, text in bench.label_studio.tasks.items()}
    bench.start()
    bench.run()
    assert len(bench.teacher.asked) == 18
    assert set(bench.label_studio.of_version(bench.project.served_version)) == set(bench.label_studio.tasks)


def test_a_class_that_the_teacher_never_names_is_reported_and_the_loop_goes_on(make_bench: BenchMaker) -> None:
    bench = make_bench(labels=("sport", "tech", "food", "never"), seeding_limit=10)
    bench.start()
    bench.run()
    assert bench.store.rounds.list_all(PROJECT)[0].n_accepted == 10
    assert [warning.code for warning in bench.store.warnings.list_all(PROJECT)] == ["classes-without-labels"]
    assert "'never'" in bench.store.warnings.list_all(PROJECT)[0].message
    assert len(bench.store.rounds.list_all(PROJECT)) == 4


def test_a_text_without_label_is_not_asked_again_and_stands_among_the_disagreements(bench: LoopBench) -> None:
    bench.teacher.answer = lambda text: None if text == "sport 0" else text.split()[0]
    bench.set_options(max_rounds=None)
    bench.start()
    bench.run()
    assert bench.teacher.asked.count("sport 0") == 1
    served = bench.label_studio.of_version(bench.project.served_version)
    assert [mark for mark in served[1].marks if mark.endswith(":disagreement")]
    (opinion,) = bench.store.opinions.load(PROJECT, [hash_text("sport 0")]).values()
    assert served[1].score == opinion.score  # how likely the student's label is right: the LLM has said nothing of it


def test_with_one_class_alone_texts_are_drawn_at_random_and_nothing_is_served(make_bench: BenchMaker) -> None:
    bench = make_bench(n_texts=12, max_rounds=None, seeding_limit=3)
    bench.teacher.answer = lambda text: "sport"
    bench.start()
    bench.run()
    kinds = {round_.kind for round_ in bench.store.rounds.list_all(PROJECT)}
    assert kinds == {RoundKind.SEED, RoundKind.RANDOM}
    assert bench.project.served_version is None
    assert len(bench.teacher.asked) == 12
    assert bench.project.state is ProjectState.STOPPED


def test_random_sampling_visits_exactly_the_batch(make_bench: BenchMaker) -> None:
    bench = make_bench()
    bench.sampler = RandomSampling()
    bench.restart()
    bench.start()
    bench.run()
    sampled = bench.store.rounds.list_all(PROJECT)[1:]
    assert [(round_.kind, round_.n_visited, round_.n_accepted) for round_ in sampled] == 3 * [(RoundKind.RANDOM, 5, 5)]


def test_the_same_seed_asks_about_the_same_texts_and_another_about_others(make_bench: BenchMaker) -> None:
    asked = []
    for seed in (0, 0, 1):
        bench = make_bench(seed=seed, teacher_concurrency=1)
        bench.start()
        bench.run()
        asked.append(bench.teacher.asked)
    assert asked[0] == asked[1] != asked[2]


def test_new_tasks_after_the_end_are_asked_about_or_predicted(bench: LoopBench) -> None:
    bench.start()
    bench.run()
    bench.label_studio.tasks[500] = "tech 500"
    bench.store.projects.request_sync(PROJECT)
    bench.run()
    assert bench.label_studio.of_version("mraru")[500].label == "tech"


def test_a_new_store_over_the_same_label_studio_changes_what_is_there(bench: LoopBench, make_bench: BenchMaker) -> None:
    bench.start()
    bench.run()
    numbers = {task: row.prediction_id for task, row in bench.label_studio.of_version("mraru").items()}
    another = make_bench(seed=5)  # a new MODEL_DIR
    another.label_studio = bench.label_studio
    another.restart()
    another.start()
    another.run()
    assert {task: row.prediction_id for task, row in bench.label_studio.of_version("mraru").items()} == numbers
