"""What reviewers read beside predictions, where the label config has a place for it."""

from __future__ import annotations

from collections.abc import Callable

from fakes.loop_bench import PROJECT, LoopBench, class_of
from mraru.projects.predictions.model_versions import teacher_version

NOTE_TAG = '<TextArea name="mraru" toName="text" editable="false" maxSubmissions="1"/></View>'


def test_each_prediction_says_what_teacher_and_student_say(make_bench: Callable[..., LoopBench]) -> None:
    bench = make_bench()
    bench.label_studio.label_config = bench.label_studio.label_config.replace("</View>", NOTE_TAG)
    bench.start()
    bench.run()
    asked = {row.text_hash for row in bench.store.teacher_labels.list_all(PROJECT)}
    hashes = dict(bench.store.tasks.list_open(PROJECT))
    served = bench.label_studio.of_version(bench.project.served_version)
    assert served
    assert {hashes[task_id] in asked for task_id in served} == {True, False}
    for task_id, prediction in served.items():
        assert prediction.note is not None
        teacher_line, student_line = prediction.note.splitlines()
        is_asked = hashes[task_id] in asked
        assert teacher_line == (
            f"LLM: {class_of(bench.label_studio.tasks[task_id])}." if is_asked else "LLM: not asked."
        )
        assert student_line.startswith(f"Student: {prediction.label} (")


def test_the_note_of_an_audit_task_says_what_any_other_says(make_bench: Callable[..., LoopBench]) -> None:
    bench = make_bench(n_texts=150, audit_share=0.2, push_limit=100)
    bench.label_studio.label_config = bench.label_studio.label_config.replace("</View>", NOTE_TAG)
    bench.start()
    bench.run()
    hashes = dict(bench.store.tasks.list_open(PROJECT))
    opinions = bench.store.opinions.load(PROJECT, list(hashes.values()))
    served = bench.label_studio.of_version(bench.project.served_version)
    audited = set(bench.store.audit_samples.list_task_ids(PROJECT)) & served.keys()
    assert 0 < len(audited) < len(served)
    for task_id, prediction in served.items():
        said = opinions[hashes[task_id]]
        sure = f"{said.confidence:.0%}".replace("%", " %")
        assert prediction.note is not None
        assert prediction.note.splitlines()[1:] == [f"Student: {said.label} ({sure} sure)."]


def test_the_teachers_own_prediction_has_no_note_as_it_would_change_with_every_student(
    make_bench: Callable[..., LoopBench],
) -> None:
    bench = make_bench()
    bench.label_studio.label_config = bench.label_studio.label_config.replace("</View>", NOTE_TAG)
    bench.start()
    bench.run()
    (teacher,) = bench.store.teacher_labels.list_teachers(PROJECT)
    predictions = bench.label_studio.of_version(teacher_version(teacher))
    assert predictions
    assert {prediction.note for prediction in predictions.values()} == {None}


def test_without_a_place_for_notes_none_is_written(bench: LoopBench) -> None:
    bench.start()
    bench.run()
    assert bench.label_studio.predictions
    assert all(prediction.note is None for prediction in bench.label_studio.predictions)
