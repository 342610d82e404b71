"""A weak teacher on its way through the loop: people audit, and its project says so."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from fakes.label_studio import LABELS
from fakes.loop_bench import PROJECT, ClassEmbedder, LoopBench, class_of
from mraru.interfaces import Vectors
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.audits.audited_texts import AuditFrames
from mraru.projects.diagnoses.diagnostics import DiagnosisCode
from mraru.projects.learning.labelled_set import read_labelled_set
from mraru.quality.audit.audit_sample import AuditFrame
from mraru.records import TeacherIdentity, hash_text
from mraru.store.projects.project_warnings import ProjectWarning, WarningLevel

pytestmark = pytest.mark.slow

BenchMaker = Callable[..., LoopBench]
OTHER_NAMES = ("animal", "vehicle", "plant")


def wrong_in(share: float) -> Callable[[str], str]:
    """A simulated teacher that is wrong on so large a share of the texts, whatever they are."""

    def answer(text: str) -> str:
        is_wrong = int(hash_text(text), 16) % 100 < 100 * share
        return LABELS[(LABELS.index(class_of(text)) + is_wrong) % len(LABELS)]

    return answer


@pytest.fixture
def make_audited(make_bench: BenchMaker) -> Callable[..., LoopBench]:
    """`make_audited(answer, is_zero_shot=False, ...)`: a project with an audit, its first rounds over."""

    def make(answer: Callable[[str], str], *, is_zero_shot: bool = False, **options: object) -> LoopBench:
        bench = make_bench(**{"n_texts": 150, "audit_share": 0.2, "batch_size": 30, "max_rounds": 2, **options})
        bench.teacher.answer = answer
        if is_zero_shot:
            bench.teacher.identity = TeacherIdentity(model="zero-shot-x", prompt_version="1", is_zero_shot=True)
        bench.start()
        bench.run()
        return bench

    return make


def audit(bench: LoopBench, n_labels: int, *, at_once: int = 1) -> int:
    """People label the audit's texts of the teacher, rightly, until it is called weak or they have labelled so many.

    Returns:
        How many they have labelled.
    """
    n_labelled = 0
    while n_labelled < n_labels and warning_of(bench, DiagnosisCode.WEAK_TEACHER) is None:
        frames = AuditFrames(bench.store, PROJECT, bench.settings.seed)
        waiting = set(frames.list_drawn(AuditFrame.TEACHER)) - frames.list_settled()
        schema = parse_label_config(bench.label_studio.label_config)
        in_turn = frames.order_teacher(read_labelled_set(bench.store, PROJECT, schema))
        for name in [name for name in in_turn if name in waiting][:at_once]:
            (task,) = bench.store.tasks.list_tasks_of(PROJECT, [name])[name]
            bench.correct(task, class_of(bench.label_studio.tasks[task]))
            n_labelled += 1
        bench.clock.advance(61)
        bench.run()
    return n_labelled


def warning_of(bench: LoopBench, code: DiagnosisCode) -> ProjectWarning | None:
    return next((made for made in bench.store.warnings.list_all(PROJECT) if made.code == code), None)


def test_a_teacher_that_is_right_in_30_percent_is_called_weak_after_a_few_audited_labels(
    make_audited: Callable[..., LoopBench],
) -> None:
    bench = make_audited(wrong_in(0.7))
    assert warning_of(bench, DiagnosisCode.WEAK_TEACHER) is None  # nobody has audited anything
    n_audited = audit(bench, 15)
    made = warning_of(bench, DiagnosisCode.WEAK_TEACHER)
    assert made is not None
    assert n_audited <= 11
    assert f"Of {n_audited} audited texts the LLM (simulated) got " in made.message


def test_once_people_have_labelled_nearly_all_texts_nothing_is_said_of_teacher_and_student(
    make_audited: Callable[..., LoopBench],
) -> None:
    bench = make_audited(wrong_in(0.7), is_zero_shot=True)
    assert {DiagnosisCode.ZERO_SHOT} <= {made.code for made in bench.store.warnings.list_all(PROJECT)}
    for task_id in range(1, 143):  # of 150
        bench.correct(task_id, class_of(bench.label_studio.tasks[task_id]))
    bench.clock.advance(61)
    bench.run()
    assert {DiagnosisCode.ZERO_SHOT} <= {made.code for made in bench.store.warnings.list_all(PROJECT)}
    bench.correct(143, class_of(bench.label_studio.tasks[143]))
    bench.clock.advance(61)
    bench.run()
    assert not {*DiagnosisCode} & {made.code for made in bench.store.warnings.list_all(PROJECT)}


def test_a_teacher_that_is_right_in_95_percent_is_not(make_audited: Callable[..., LoopBench]) -> None:
    bench = make_audited(wrong_in(0.05))
    assert audit(bench, 30, at_once=5) == 30
    assert warning_of(bench, DiagnosisCode.WEAK_TEACHER) is None


def test_corrections_of_what_looks_wrong_are_no_audit(make_audited: Callable[..., LoopBench]) -> None:
    bench = make_audited(wrong_in(0.3), audit_share=0.0)
    wrong = [task for task, text in bench.label_studio.tasks.items() if bench.teacher.answer(text) != class_of(text)]
    for task in wrong[:20]:
        bench.correct(task, class_of(bench.label_studio.tasks[task]))
    bench.run()
    assert warning_of(bench, DiagnosisCode.WEAK_TEACHER) is None


def test_it_is_called_weak_while_its_project_is_paused(make_audited: Callable[..., LoopBench]) -> None:
    bench = make_audited(wrong_in(0.95), max_rounds=None)
    bench.store.projects.pause(PROJECT)
    audit(bench, 8, at_once=4)
    assert bench.project.waits_for_people
    assert warning_of(bench, DiagnosisCode.WEAK_TEACHER) is not None


def test_the_zero_shot_notice_stands_from_the_start_and_gives_way_to_what_is_audited(
    make_audited: Callable[..., LoopBench],
) -> None:
    bench = make_audited(class_of, is_zero_shot=True)
    made = warning_of(bench, DiagnosisCode.ZERO_SHOT)
    assert made is not None
    assert made.level is WarningLevel.WARNING
    assert "until the project's page asks for no more" in made.remedy
    audit(bench, 3, at_once=3)
    made = warning_of(bench, DiagnosisCode.ZERO_SHOT)
    assert made is not None
    assert made.level is WarningLevel.WARNING
    audit(bench, 15, at_once=3)
    made = warning_of(bench, DiagnosisCode.ZERO_SHOT)
    assert made is not None
    assert made.level is WarningLevel.INFO
    assert re.search(r"Of (1[2-8]) audited texts it got \1 right", made.message)


def test_a_weak_zero_shot_teacher_is_called_weak_instead(make_audited: Callable[..., LoopBench]) -> None:
    bench = make_audited(wrong_in(0.8), is_zero_shot=True)
    audit(bench, 12, at_once=4)
    made = warning_of(bench, DiagnosisCode.WEAK_TEACHER)
    assert made is not None
    assert "the built-in zero-shot teacher got " in made.message
    assert warning_of(bench, DiagnosisCode.ZERO_SHOT) is None


def test_an_llm_gets_no_such_notice(make_audited: Callable[..., LoopBench]) -> None:
    bench = make_audited(class_of)
    assert warning_of(bench, DiagnosisCode.ZERO_SHOT) is None
    assert warning_of(bench, DiagnosisCode.ZERO_SHOT_MISFIT) is None


def test_labels_of_an_earlier_zero_shot_teacher_keep_their_notice_beside_an_llm(
    make_audited: Callable[..., LoopBench],
) -> None:
    bench = make_audited(class_of, is_zero_shot=True)
    bench.teacher.identity = TeacherIdentity(model="gpt", prompt_version="1")
    bench.set_options(max_rounds=3)
    bench.store.projects.start(PROJECT)
    bench.run()
    made = warning_of(bench, DiagnosisCode.ZERO_SHOT)
    assert made is not None
    assert "labels are the built-in zero-shot teacher's, not an LLM's" in made.message
    assert "labels these texts" not in made.message


@pytest.mark.parametrize(("n_texts", "is_measured"), [(199, False), (240, True)])
def test_how_the_zero_shot_teacher_fits_is_measured_on_200_texts_before_it_labels_any(
    make_bench: BenchMaker, n_texts: int, is_measured: bool
) -> None:
    bench = make_bench(n_texts=n_texts, labels=OTHER_NAMES)
    bench.embedder.embed = BlindToNames().embed  # type: ignore[method-assign]
    bench.teacher.identity = TeacherIdentity(model="zero-shot-x", prompt_version="1", is_zero_shot=True)
    bench.start()
    for _ in range(2):  # reads the tasks, then opens the first round
        bench.loop.advance()
    assert bench.teacher.asked == []
    assert bench.store.vectors.count(bench.embedder.name) == (200 + len(OTHER_NAMES) if is_measured else 0)
    assert (warning_of(bench, DiagnosisCode.ZERO_SHOT_MISFIT) is not None) == is_measured


def test_a_zero_shot_teacher_whose_labels_fit_the_texts_is_not_suspected(make_bench: BenchMaker) -> None:
    bench = make_bench(n_texts=240)
    bench.embedder.embed = NamedClassEmbedder().embed  # type: ignore[method-assign]
    bench.teacher.identity = TeacherIdentity(model="zero-shot-x", prompt_version="1", is_zero_shot=True)
    bench.start()
    for _ in range(2):
        bench.loop.advance()
    assert warning_of(bench, DiagnosisCode.ZERO_SHOT_MISFIT) is None
    assert warning_of(bench, DiagnosisCode.ZERO_SHOT) is not None


class BlindToNames(ClassEmbedder):
    """One whose descriptions of labels point where texts differ by chance alone."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        return np.array([self._vector(text) for text in texts], dtype=np.float32)

    def _vector(self, text: str) -> Vectors:
        vector = np.zeros(16, dtype=np.float32)
        named = text.removeprefix("This text is about ").removesuffix(".")
        if named in OTHER_NAMES:
            vector[8 + OTHER_NAMES.index(named)] = 1.0
            return vector
        vector[LABELS.index(class_of(text))] = 1.0
        vector[4:] = 0.2 * np.random.default_rng(int(hash_text(text), 16)).normal(size=12)
        return vector / np.linalg.norm(vector)


class NamedClassEmbedder(ClassEmbedder):
    """One that knows what the labels mean: a description lies where the texts of its class do."""

    def _vector(self, text: str) -> Vectors:
        return super()._vector(text.removeprefix("This text is about ").replace(".", " "))
