"""The audit sample on its way through the loop: drawn, embedded, given its turn, and read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fakes.loop_bench import PROJECT, LoopBench, class_of
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.audits.audited_texts import AuditedTexts, AuditFrames, read_audited_texts
from mraru.projects.learning.labelled_set import LabelledSet, read_labelled_set
from mraru.projects.predictions.prediction_changes import has_moved
from mraru.quality.audit.audit_sample import AuditFrame
from mraru.records import hash_text

pytestmark = pytest.mark.slow

NOTE_TAG = '<TextArea name="mraru" toName="text" editable="false" maxSubmissions="1"/></View>'
BenchMaker = Callable[..., LoopBench]


@pytest.fixture
def audited(begin_after: Callable[..., LoopBench]) -> LoopBench:
    return begin_after(finish_rounds_with_an_audit)


def finish_rounds_with_an_audit(make_bench: BenchMaker) -> LoopBench:
    """A project whose rounds are over; 25 texts are drawn ahead, about one in five of them."""
    bench = make_bench(n_texts=150, audit_share=0.2, push_limit=100, retrain_after=50)
    bench.teacher.answer = lambda text: "food" if text.endswith("1") else class_of(text)
    bench.start()
    bench.run()
    return bench


def book_of(bench: LoopBench) -> LabelledSet:
    return read_labelled_set(bench.store, PROJECT, parse_label_config(bench.label_studio.label_config))


def read(bench: LoopBench) -> AuditedTexts:
    return read_audited_texts(bench.store, PROJECT, bench.settings.seed, book_of(bench))


def drawn_tasks(bench: LoopBench) -> set[int]:
    return set(bench.store.audit_samples.list_task_ids(PROJECT))


def queue_of(bench: LoopBench) -> list[int]:
    """Tasks of the served version in the order in which Label Studio serves them; answered ones are left out."""
    served = bench.label_studio.of_version(bench.project.served_version)
    open_tasks = {task_id for task_id, _ in bench.store.tasks.list_open(PROJECT)}
    return sorted(open_tasks & served.keys(), key=lambda task: served[task].score)


def test_one_of_every_five_tasks_that_are_served_first_is_of_the_audit(audited: LoopBench) -> None:
    audited.correct(1, "sport")
    audited.clock.advance(61)
    audited.run()  # now everything is embedded, and placed in one push
    queue = queue_of(audited)
    drawn = drawn_tasks(audited)
    for n_served in range(5, 80, 5):
        n_audited = len(drawn.intersection(queue[:n_served]))
        assert abs(n_audited - n_served / 5) <= 3, f"{n_audited} of the first {n_served}"  # some scores are equal


def test_without_an_audit_nothing_is_drawn(bench: LoopBench) -> None:
    bench.start()
    bench.run()
    assert not drawn_tasks(bench)


@pytest.mark.parametrize(("batch_size", "n_of_teacher"), [(50, 10), (5, 2)], ids=["of 104 labels", "of 14 labels"])
def test_half_of_the_turns_are_of_texts_that_the_teacher_labelled_and_fewer_while_these_are_few(
    make_bench: BenchMaker, batch_size: int, n_of_teacher: int
) -> None:
    bench = make_bench(
        n_texts=150, audit_share=0.2, push_limit=100, retrain_after=50, batch_size=batch_size, max_rounds=2
    )
    bench.start()
    bench.run()
    labelled = {name for name, label in book_of(bench).teacher.items() if label is not None}
    of_teacher = bench.store.audit_samples.list_drawn(PROJECT, AuditFrame.TEACHER)
    of_corpus = bench.store.audit_samples.list_drawn(PROJECT, AuditFrame.CORPUS)
    assert len(of_teacher) == n_of_teacher
    assert len(of_corpus) >= 10  # more while hardly anything was labelled
    assert labelled.issuperset(of_teacher)
    assert not labelled.issuperset(of_corpus)


def test_what_people_label_in_its_turn_counts_at_once_after_rounds_without_them(make_bench: BenchMaker) -> None:
    """Early draws are of few labels: those of later rounds, which fall in between, come before them."""
    bench = make_bench(n_texts=300, audit_share=0.1, batch_size=25, max_rounds=6)
    bench.start()
    bench.run()
    for n_labelled in (4, 8, 12):
        drawn = set(bench.store.audit_samples.list_drawn(PROJECT, AuditFrame.TEACHER))
        frames = AuditFrames(bench.store, PROJECT, bench.settings.seed)
        waiting = [name for name in frames.order_teacher(book_of(bench)) if name in drawn - frames.list_settled()]
        tasks_of = bench.store.tasks.list_tasks_of(PROJECT, waiting[:4])
        for (task,) in tasks_of.values():
            bench.correct(task, class_of(bench.label_studio.tasks[task]))
        bench.clock.advance(61)
        bench.run()
        assert len(read(bench).teacher.members) >= n_labelled - 3


@pytest.mark.parametrize("n_texts", [40, 150])
def test_in_a_small_project_too_the_tab_is_in_the_order_of_turns_and_each_label_counts(
    make_bench: BenchMaker, n_texts: int
) -> None:
    """There are fewer tasks than places in the queue until the next push."""
    bench = make_bench(n_texts=n_texts, audit_share=0.2, retrain_after=3)
    bench.teacher.answer = lambda text: "food" if text.endswith("1") else class_of(text)
    bench.start()
    bench.run()
    for n_labelled in range(3, n_texts // 4, 3):
        served = bench.label_studio.of_version(bench.project.served_version)
        done = {annotation.task_id for annotation in bench.label_studio.annotations.values()}
        waiting = sorted(drawn_tasks(bench) - done, key=lambda task: served[task].score or 0.0)
        assert len({served[task].score for task in waiting}) == len(waiting)  # equal ones would be in no order
        for task_id in waiting[:3]:
            bench.correct(task_id, class_of(bench.label_studio.tasks[task_id]))
        bench.clock.advance(61)
        bench.run()
        found = read(bench)
        assert len({*found.corpus.members, *found.teacher.members}) >= n_labelled


def test_the_sample_does_not_depend_on_what_anybody_says(make_bench: BenchMaker) -> None:
    samples = []
    for answer in (class_of, lambda text: "food"):
        bench = make_bench(n_texts=90, audit_share=0.1)
        bench.teacher.answer = answer
        bench.start()
        bench.run()
        samples.append(bench.store.audit_samples.list_drawn(PROJECT, AuditFrame.CORPUS))
    assert samples[0]
    assert samples[0] == samples[1][: len(samples[0])] or samples[1] == samples[0][: len(samples[1])]


def test_only_as_many_texts_are_embedded_for_it_as_people_can_come_to(make_bench: BenchMaker) -> None:
    plain, bench = make_bench(n_texts=600), make_bench(n_texts=600, audit_share=0.02)
    for started in (plain, bench):
        started.start()
        while not started.store.opinions.count(PROJECT):
            started.loop.advance()
    more = set(bench.embedder.embedded) - set(plain.embedder.embedded)
    drawn = bench.store.audit_samples.list_drawn(PROJECT, AuditFrame.CORPUS)
    assert {hash_text(text) for text in more} <= set(drawn)
    assert 0 < len(drawn) <= 5  # 2 % of 250
    assert drawn_tasks(bench) <= bench.label_studio.of_version(bench.label_studio.model_version).keys()


def test_neither_score_nor_note_gives_it_away(make_bench: BenchMaker) -> None:
    bench = make_bench(n_texts=90, audit_share=0.2)
    bench.label_studio.label_config = bench.label_studio.label_config.replace("</View>", NOTE_TAG)
    bench.start()
    bench.run()
    served = bench.label_studio.of_version(bench.project.served_version)
    drawn = drawn_tasks(bench)
    assert drawn & served.keys()
    for prediction in served.values():
        assert prediction.note is not None
        assert prediction.note.splitlines()[-1].startswith("Student: ")
        assert f"{prediction.score:.2f}" not in prediction.note
        assert "audit" not in prediction.note.lower()


def test_opinions_keep_the_review_score(audited: LoopBench) -> None:
    served = audited.label_studio.of_version(audited.project.served_version)
    hash_of = dict(audited.store.tasks.list_open(PROJECT))
    opinions = audited.store.opinions.load(PROJECT, sorted(set(hash_of.values())))
    moved = {task for task in served if has_moved(served[task].score, opinions[hash_of[task]].score)}
    assert moved
    assert moved <= drawn_tasks(audited)


def test_what_people_say_of_it_is_gold_and_makes_room_for_the_next(audited: LoopBench) -> None:
    before = drawn_tasks(audited)
    for task in sorted(before):
        audited.correct(task, class_of(audited.label_studio.tasks[task]))
    audited.clock.advance(100)
    audited.run()
    assert {hash_text(audited.label_studio.tasks[task]) for task in before} <= book_of(audited).gold.keys()
    assert drawn_tasks(audited) > before
    assert read(audited).n_waiting > 0
    assert not before & set(queue_of(audited))


def test_texts_count_up_to_the_first_that_waits(audited: LoopBench) -> None:
    drawn = audited.store.audit_samples.list_drawn(PROJECT, AuditFrame.CORPUS)
    tasks_of = audited.store.tasks.list_tasks_of(PROJECT, drawn)
    for name in (*drawn[:4], drawn[6]):
        audited.correct(tasks_of[name][0], "sport")
    assert read(audited).corpus.members == tuple(drawn[:4])


def test_a_skipped_text_is_set_aside_and_blocks_nothing(audited: LoopBench) -> None:
    drawn = audited.store.audit_samples.list_drawn(PROJECT, AuditFrame.CORPUS)
    tasks_of = audited.store.tasks.list_tasks_of(PROJECT, drawn)
    audited.correct(tasks_of[drawn[0]][0], "sport", was_cancelled=True)
    audited.correct(tasks_of[drawn[1]][0], "sport")
    assert read(audited).corpus.members == tuple(drawn[:2])
    assert drawn[0] not in book_of(audited).gold


def test_the_sample_ends_before_a_text_that_people_are_split_on_until_somebody_decides(audited: LoopBench) -> None:
    """With two people each text on which they differ is split: what is left would look better than it is."""
    drawn = audited.store.audit_samples.list_drawn(PROJECT, AuditFrame.CORPUS)
    tasks_of = audited.store.tasks.list_tasks_of(PROJECT, drawn)
    for name in drawn[:4]:
        audited.correct(tasks_of[name][0], "sport")
    n_waiting = read(audited).n_waiting
    split = tasks_of[drawn[2]][0]
    audited.correct(split, "food", annotation_id=901, completed_by=2)
    found = read(audited)
    assert (found.corpus.members, found.n_waiting, found.n_tied) == (tuple(drawn[:2]), n_waiting + 1, 1)
    audited.correct(split, "food", annotation_id=902, completed_by=3)
    found = read(audited)
    assert (found.corpus.members, found.n_waiting, found.n_tied) == (tuple(drawn[:4]), n_waiting, 0)


def test_new_labels_of_the_teacher_do_not_void_what_was_audited(audited: LoopBench) -> None:
    """They fall all over the circle: until people come to them, the sample speaks for earlier rounds."""
    drawn = audited.store.audit_samples.list_drawn(PROJECT, AuditFrame.TEACHER)
    tasks_of = audited.store.tasks.list_tasks_of(PROJECT, drawn)
    for name in drawn:
        audited.correct(tasks_of[name][0], "sport")
    counted = len(read(audited).teacher.members)
    last = read(audited).last_round
    audited.set_options(max_rounds=audited.settings.max_rounds + 1)
    audited.store.projects.start(PROJECT)
    audited.run()
    after = read(audited)
    assert len(book_of(audited).teacher) > after.n_teacher or len(after.teacher.members) > counted
    assert len(after.teacher.members) >= counted > 0
    assert last is not None


def test_what_was_audited_of_a_small_part_of_the_labels_is_not_told_of_the_teacher(audited: LoopBench) -> None:
    drawn = audited.store.audit_samples.list_drawn(PROJECT, AuditFrame.TEACHER)
    tasks_of = audited.store.tasks.list_tasks_of(PROJECT, drawn)
    for name in drawn:
        audited.correct(tasks_of[name][0], "sport")
    n_before = read(audited).n_teacher
    audited.set_options(max_rounds=9)
    audited.store.projects.start(PROJECT)
    audited.run()
    n_labels = sum(label is not None for label in book_of(audited).teacher.values())
    assert n_labels > 2 * n_before
    assert read(audited).n_teacher >= 0.5 * n_labels


def test_a_restart_draws_nothing_twice(audited: LoopBench) -> None:
    before = drawn_tasks(audited)
    audited.restart()
    audited.store.projects.start(PROJECT)
    audited.run()
    assert drawn_tasks(audited) == before
