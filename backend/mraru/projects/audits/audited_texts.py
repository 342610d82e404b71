"""The texts of a project in the order in which the audit draws them, and those of them that count so far."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from mraru.projects.learning.labelled_set import LabelledSet
from mraru.quality.audit.audit_sample import (
    AuditFrame,
    SettledSample,
    join_samples,
    order_from,
    settled_sample,
    start_of_sample,
)
from mraru.store.store import Store

LEAST_COVERED = 0.5  # of the teacher's labels: what holds for a smaller part is not told of the teacher


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedTexts:
    """What counts of the samples so far."""

    corpus: SettledSample
    teacher: SettledSample
    last_round: int | None  # `teacher` speaks for what was labelled up to this round; None: nothing was
    n_teacher: int  # texts that were labelled up to it: of all that were labelled, at least `LEAST_COVERED`
    n_drawn: int  # texts, of both frames
    n_waiting: int  # those of them that nobody has looked at, or on which people are split
    n_tied: int  # of those that wait, the ones on which people are split


class AuditFrames:
    """What the audit of one project draws from."""

    def __init__(self, store: Store, project_id: int, seed: int) -> None:
        self._store = store
        self._project_id = project_id
        self._seed = seed

    def list_settled(self) -> set[str]:
        """Texts that people have dealt with: labelled, skipped, or left without a label that counts."""
        return set(self._store.annotations.list_by_text(self._project_id))

    def list_drawn(self, frame: AuditFrame) -> list[str]:
        return self._store.audit_samples.list_drawn(self._project_id, frame)

    def order_corpus(self, n_more: int) -> list[str]:
        """The project's texts in the order of the circle, to the end of what is drawn and `n_more` texts on."""
        start = start_of_sample(self._seed, self._project_id, AuditFrame.CORPUS)
        limit = 2 * len(self.list_drawn(AuditFrame.CORPUS)) + n_more
        listed = self._store.tasks.list_text_hashes_from(self._project_id, start, limit)
        if len(listed) < limit:  # past the end of the circle
            listed += self._store.tasks.list_text_hashes_from(self._project_id, "", limit - len(listed))
        return list(dict.fromkeys(listed))

    def order_teacher(self, labelled: LabelledSet) -> list[str]:
        """The texts that the teacher gave a label, in the order of the circle."""
        start = start_of_sample(self._seed, self._project_id, AuditFrame.TEACHER)
        return order_from(start, (name for name, label in labelled.teacher.items() if label is not None))


def read_audited_texts(store: Store, project_id: int, seed: int, labelled: LabelledSet) -> AuditedTexts:
    """The texts of the samples that count so far."""
    return AuditSamples(store, project_id, seed, labelled).read()


class AuditSamples:
    """What was drawn for the audit of one project, to tell what counts of it, now or once more is labelled."""

    def __init__(self, store: Store, project_id: int, seed: int, labelled: LabelledSet) -> None:
        frames = AuditFrames(store, project_id, seed)
        # a text that people are split on may be any of their labels: what to leave out is not for chance to say; nor is
        # it for the names of labels, so one whose label is set aside waits, too
        self._settled = frozenset(frames.list_settled() - labelled.ties - labelled.set_aside_gold.keys())
        self._of_corpus = frames.list_drawn(AuditFrame.CORPUS)
        self._of_teacher = frames.list_drawn(AuditFrame.TEACHER)
        self._by_corpus = frames.order_corpus(len(self._settled))
        round_of = {row.text_hash: row.round_number for row in store.teacher_labels.list_all(project_id)}
        self._by_teacher = [(name, round_of[name]) for name in frames.order_teacher(labelled)]
        self._n_texts = store.tasks.count_texts(project_id)
        self._present = store.tasks.keep_present(project_id, sorted({*self._of_corpus, *self._of_teacher}))
        self._ties = labelled.ties

    @property
    def drawn(self) -> set[str]:
        """Texts of both samples, whether they count yet or not."""
        return set(self._present)

    def read(self, more: Collection[str] = ()) -> AuditedTexts:
        """What counts, as if people had dealt with `more` texts, too."""
        settled = self._settled.union(more)
        last_round = choose_round(self._by_teacher, self._of_teacher, settled)
        ordered = [name for name, number in self._by_teacher if last_round is not None and number <= last_round]
        corpus = settled_sample(self._by_corpus, self._of_corpus, settled)
        teacher = settled_sample(ordered, self._of_teacher, settled)
        if len(ordered) >= self._n_texts:  # the teacher labelled every text: both are samples of the same ones
            corpus = teacher = join_samples(corpus, teacher)
        return AuditedTexts(
            corpus=corpus,
            teacher=teacher,
            last_round=last_round,
            n_teacher=len(ordered),
            n_drawn=len(self._present),
            n_waiting=len(self._present - settled),
            n_tied=len(self._present & self._ties),
        )

    def list_turns(self) -> tuple[list[str], list[str]]:
        """The drawn texts that wait, of all texts and of the teacher's, each in the order of their turns."""
        waiting = self._present - self._settled
        of_corpus, of_teacher = waiting.intersection(self._of_corpus), waiting.intersection(self._of_teacher)
        return (
            [name for name in self._by_corpus if name in of_corpus],
            [name for name, _ in self._by_teacher if name in of_teacher],
        )


def choose_round(ordered: Sequence[tuple[str, int]], drawn: Sequence[str], settled: Collection[str]) -> int | None:
    """Up to which round the teacher's labels are looked at, so that most of their sample counts; the latest of equals.

    Each round adds labels all over the circle, and people take their time: without the latest, more may count. But the
    first rounds are of another kind than the rest, so most labels must be among those that are spoken of. Which of the
    labels are right has no part in it.

    Args:
        ordered: text and round of each of the teacher's labels, in the order of the circle.
        drawn: for the audit of the teacher's labels, in the order of the draws.
        settled: texts that people have dealt with.

    >>> choose_round([("a", 1), ("n", 3), ("b", 2), ("c", 2)], drawn="abc", settled="abc")
    2
    """
    best, n_best = None, -1
    members = set(drawn)
    for number in sorted({number for _, number in ordered}, reverse=True):
        names = [name for name, labelled_in in ordered if labelled_in <= number]
        if len(members.intersection(names)) <= n_best:
            break  # earlier rounds have even fewer
        if best is not None and len(names) < LEAST_COVERED * len(ordered):
            break
        sample = settled_sample(names, drawn, settled)
        if len(sample.members) > n_best:
            best, n_best = number, len(sample.members)
    return best
