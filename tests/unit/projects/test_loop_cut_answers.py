"""Several simulated teachers that are cut while they think: who is asked again, about which text, and how often."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fakes.loop_bench import LoopBench, class_of
from fakes.members import ThinkingTeacher
from mraru.interfaces import Teacher
from mraru.records import TeacherMode, Vote, hash_text
from mraru.schema_records import LabelSchema
from mraru.store.teachers.teacher_labels import TeacherLabel
from mraru.teachers.combined.cascade import CascadeTeacher
from mraru.teachers.combined.ensemble import EnsembleTeacher
from mraru.teachers.combined.several_teachers import NamedTeacher

pytestmark = pytest.mark.slow

PROJECT = 1
NEVER = 1_000_000  # tokens
MODES = pytest.mark.parametrize("mode", list(TeacherMode))


class CutBench:
    """A project of two teachers, for whom the text that is asked about first is a hard one."""

    def __init__(self, bench: LoopBench, mode: TeacherMode, one: int, two: int, is_refused: bool) -> None:
        """Begin its first round.

        Args:
            one: tokens that the first teacher needs for the hard text.
            two: likewise.
            is_refused: whether the first teacher names no label of it, however long it thinks.
        """
        self.bench = bench
        self.hard = ""
        self.one = ThinkingTeacher(
            "one",
            lambda text: None if is_refused and text == self.hard else class_of(text),
            lambda text: one if text == self.hard else 1,
        )
        self.two = ThinkingTeacher("two", class_of, lambda text: two if text == self.hard else 1)
        self.one.before_call = self._note_first
        self._mode = mode
        self.bench.make_teacher = self._make_teacher  # type: ignore[method-assign]
        self.bench.restart()
        self.bench.start()
        self.bench.run()

    def _note_first(self, text: str) -> None:
        self.hard = self.hard or text

    def _make_teacher(self, project: object, schema: LabelSchema) -> Teacher:
        asked = (self.one, self.two)
        members = [
            NamedTeacher(name=teacher.identity.model, teacher=self.bench.keep_books(teacher)) for teacher in asked
        ]
        if self._mode is TeacherMode.CASCADE:
            return CascadeTeacher(members, unsure_below=0.8)
        return EnsembleTeacher(members, schema.labels)

    def go_on(self, n_rounds: int = 1) -> None:
        """So many rounds more, each a run of its own."""
        for _ in range(n_rounds):
            before = len(self.bench.store.rounds.list_all(PROJECT))
            self.bench.set_options(max_rounds=(self.bench.settings.max_rounds or 0) + 1)
            self.bench.store.projects.start(PROJECT)
            self.bench.run()
            assert len(self.bench.store.rounds.list_all(PROJECT)) > before

    @property
    def n_asked(self) -> tuple[int, int]:
        """How often each teacher was asked about the hard text."""
        return self.one.asked.count(self.hard), self.two.asked.count(self.hard)

    @property
    def n_asked_of_others(self) -> int:
        """The most that any teacher was asked about any other text."""
        return max(
            teacher.asked.count(text) for teacher in (self.one, self.two) for text in teacher.asked if text != self.hard
        )

    @property
    def row(self) -> TeacherLabel:
        return self.bench.store.teacher_labels.load(PROJECT, [hash_text(self.hard)])[hash_text(self.hard)]


@pytest.fixture
def make_cut_bench(make_bench: Callable[..., LoopBench]) -> Callable[..., CutBench]:
    def make(mode: TeacherMode, one: int = NEVER, two: int = NEVER, is_refused: bool = False) -> CutBench:
        bench = make_bench(n_texts=30, max_rounds=1, batch_size=2, teacher_concurrency=1)
        return CutBench(bench, mode, one, two, is_refused)

    return make


MakeCutBench = Callable[..., CutBench]


@MODES
def test_a_text_of_which_every_answer_was_cut_is_asked_about_once_for_each_raised_limit(
    make_cut_bench: MakeCutBench, mode: TeacherMode
) -> None:
    bench = make_cut_bench(mode)
    assert bench.n_asked == (1, 1)
    for n_raises, limit in enumerate((200, 300, 4000), start=1):
        bench.one.limit = bench.two.limit = limit
        bench.go_on(2)
        assert bench.n_asked == (1 + n_raises, 1 + n_raises)
        assert bench.row.label is None
        assert bench.row.votes == (
            Vote(teacher="one", label=None, cut_at=limit),
            Vote(teacher="two", label=None, cut_at=limit),
        )
    assert bench.n_asked_of_others == 1


@MODES
def test_only_who_has_more_room_now_is_asked_again(make_cut_bench: MakeCutBench, mode: TeacherMode) -> None:
    bench = make_cut_bench(mode)
    bench.two.limit = 200
    bench.go_on(2)
    assert bench.n_asked == (1, 2)
    bench.one.limit = 300
    bench.go_on(2)
    assert bench.n_asked == (2, 2)
    assert [vote.cut_at for vote in bench.row.votes] == [300, 200]


@MODES
def test_with_room_enough_the_text_gets_its_label_and_is_asked_about_no_more(
    make_cut_bench: MakeCutBench, mode: TeacherMode
) -> None:
    bench = make_cut_bench(mode, one=NEVER, two=150)
    bench.two.limit = 200
    bench.go_on()
    assert (bench.row.label, bench.n_asked) == (class_of(bench.hard), (1, 2))
    bench.one.limit = bench.two.limit = 400
    bench.go_on(2)
    assert (bench.row.label, bench.n_asked) == (class_of(bench.hard), (1, 2))


@MODES
def test_limits_that_stay_or_fall_have_nobody_asked_again(make_cut_bench: MakeCutBench, mode: TeacherMode) -> None:
    bench = make_cut_bench(mode)
    for limit in (100, 50, 100):
        bench.one.limit = limit
        bench.go_on()
    assert bench.n_asked == (1, 1)


@MODES
def test_a_member_that_named_no_label_without_being_cut_is_not_asked_again(
    make_cut_bench: MakeCutBench, mode: TeacherMode
) -> None:
    bench = make_cut_bench(mode, one=1, is_refused=True)
    bench.one.limit = bench.two.limit = 200
    bench.go_on(2)
    assert bench.n_asked == (1, 2)
