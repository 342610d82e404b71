"""An ensemble: all teachers are asked, and the label is the one that most of them name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from mraru.records import TeacherAnswer, TeacherMode
from mraru.teachers.combined.several_teachers import Answers, NamedTeacher, SeveralTeachers, confidence_of, sum_up


class EnsembleTeacher(SeveralTeachers):
    """Labels by majority, with the votes beside the label: Dawid-Skene may decide anew once there are enough."""

    mode = TeacherMode.ENSEMBLE

    def __init__(self, members: Sequence[NamedTeacher], labels: Sequence[str]) -> None:
        """Ask these members in turn.

        Args:
            labels: those of the project, in the config's order; none where sets of them are answers.
        """
        super().__init__(members)
        self._labels = tuple(labels)

    def _is_decided(self, answers: Answers) -> bool:
        return False

    def _combine(self, answers: Answers) -> TeacherAnswer:
        label = vote([answer for _, answer in answers])
        named = Counter(answer.label for _, answer in answers if answer.label is not None)
        n_named = sum(named.values())
        return sum_up(
            answers,
            label=label,
            probabilities=tuple((known, named[known] / n_named) for known in dict.fromkeys([*self._labels, *named]))
            if n_named
            else None,
            explanation=next((answer.explanation for _, answer in answers if answer.label == label), None),
        )


def vote(answers: Sequence[TeacherAnswer]) -> str | None:
    """The label that most answers name; None if none names any.

    Among labels of equally many votes, the one whose voters are surer of it together, where all of them told how
    sure they are; else, and among equals, the one that was named first.

    >>> def say(label, sure=None):
    ...     return TeacherAnswer(label=label, raw="", probabilities=sure and ((label, sure),))
    >>> vote([say("b"), say("a"), say("a")]), vote([say(None), say("b")]), vote([say(None)])
    ('a', 'b', None)
    >>> vote([say("b"), say("a", 0.9)]), vote([say("b", 0.6), say("a", 0.9)])
    ('b', 'a')
    """
    named = Counter(answer.label for answer in answers if answer.label is not None)
    leading = [label for label, n_votes in named.items() if n_votes == max(named.values())]  # as first named
    if len(leading) < 2:
        return leading[0] if leading else None
    sureness: dict[str, float] = dict.fromkeys(leading, 0.0)
    for answer in answers:
        if answer.label in sureness:
            confidence = confidence_of(answer)
            if confidence is None:
                return leading[0]
            sureness[answer.label] += confidence
    return max(leading, key=sureness.__getitem__)
