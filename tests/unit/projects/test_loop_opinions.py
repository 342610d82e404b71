"""What is kept of the student's opinions as rounds go on."""

from __future__ import annotations

from fakes.loop_bench import PROJECT, LoopBench
from mraru.projects.predictions.prediction_changes import has_moved
from mraru.records import hash_text


def test_a_round_keeps_the_opinion_of_every_text_that_was_looked_at(bench: LoopBench) -> None:
    bench.start()
    while not bench.store.opinions.count(PROJECT):
        assert bench.loop.advance().more
    embedded = {hash_text(text) for text in bench.embedder.embedded}
    assert (
        len(embedded)
        == bench.store.opinions.count(PROJECT)
        == len(bench.store.opinions.load(PROJECT, sorted(embedded)))
    )


def test_every_text_has_one_of_the_served_student_once_the_rounds_are_over(bench: LoopBench) -> None:
    bench.start()
    bench.run()
    texts = bench.store.tasks.list_text_hashes(PROJECT)
    kept = bench.store.opinions.load(PROJECT, texts)
    assert sorted(kept) == texts
    tasks_of = bench.store.tasks.list_tasks_of(PROJECT, texts)
    served = bench.label_studio.of_version(bench.project.served_version)
    for text_hash, opinion in kept.items():
        for task_id in tasks_of[text_hash]:
            assert served[task_id].label == opinion.label
            assert not has_moved(served[task_id].score, opinion.score)


def test_labelled_texts_are_judged_by_students_that_have_not_learned_them(bench: LoopBench) -> None:
    bench.start()
    bench.run()
    taught = {row.text_hash for row in bench.store.teacher_labels.list_all(PROJECT)}
    kept = bench.store.opinions.load(PROJECT, bench.store.tasks.list_text_hashes(PROJECT))
    assert {name for name, opinion in kept.items() if opinion.is_out_of_fold} == taught
    assert 0 < len(taught) < len(kept)


def test_a_text_that_a_person_labelled_keeps_its_opinion(bench: LoopBench) -> None:
    bench.start()
    bench.run()
    bench.correct(1, "food")
    bench.clock.now += 10_000
    bench.run()
    corrected = bench.store.tasks.load_text(PROJECT, 1)
    assert corrected is not None
    assert bench.store.opinions.load(PROJECT, [hash_text(corrected)])[hash_text(corrected)].is_out_of_fold
