"""The texts of a project in the order in which the audit draws them, and those of them that count so far."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from mraru.loop.label_book import LabelBook
from mraru.review.audit import AuditFrame, SettledSample, order_from, settled_sample, start_of_sample
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

    def order_teacher(self, book: LabelBook) -> list[str]:
        """The texts that the teacher gave a label, in the order of the circle."""
        start = start_of_sample(self._seed, self._project_id, AuditFrame.TEACHER)
        return order_from(start, (name for name, label in book.teacher.items() if label is not None))


def read_audited_texts(store: Store, project_id: int, seed: int, book: LabelBook) -> AuditedTexts:
    """The texts of the samples that count so far."""
    frames = AuditFrames(store, project_id, seed)
    # a text that people are split on may be any of their labels: what to leave out is not for chance to say; nor is it
    # for the names of labels, so one whose label is set aside waits, too
    settled = frames.list_settled() - book.ties - book.set_aside_gold.keys()
    of_corpus, of_teacher = frames.list_drawn(AuditFrame.CORPUS), frames.list_drawn(AuditFrame.TEACHER)
    ordered = frames.order_teacher(book)
    round_of = {row.text_hash: row.round_number for row in store.teacher_labels.list_all(project_id)}
    last_round = choose_round([(name, round_of[name]) for name in ordered], of_teacher, settled)
    ordered = [name for name in ordered if last_round is not None and round_of[name] <= last_round]
    present = store.tasks.keep_present(project_id, sorted({*of_corpus, *of_teacher}))
    return AuditedTexts(
        corpus=settled_sample(frames.order_corpus(len(settled)), of_corpus, settled),
        teacher=settled_sample(ordered, of_teacher, settled),
        last_round=last_round,
        n_teacher=len(ordered),
        n_drawn=len(present),
        n_waiting=len(present - settled),
        n_tied=len(present & book.ties),
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
