"""*The* label of each text as it stands now: what Label Studio shows, downloads hold, and figures count and audit."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from mraru.projects.learning.labelled_set import LabelledSet
from mraru.quality.posterior.posterior import PEOPLE_ERROR
from mraru.store.review.opinions import Opinion


class LabelSource(StrEnum):
    """Who names the label of a text."""

    PEOPLE = "people"
    TEACHER = "teacher"  # the LLM, or the built-in zero-shot teacher, named it
    STUDENT = "student"  # the LLM was not asked, or the student is the more credible one
    NONE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingLabel:
    """The label of one text."""

    label: str | None  # as stored by Label Studio; None: nobody has said anything yet
    source: LabelSource
    score: float | None = None  # how likely the label is right, in [0, 1]
    round_number: int | None = None  # of the student that had a part in it


NO_LABEL = StandingLabel(label=None, source=LabelSource.NONE)


def stand(labelled: LabelledSet, labels: Collection[str], name: str, opinion: Opinion | None) -> StandingLabel:
    """The label of one text, given what was last pushed of it."""
    gold, said = labelled.gold.get(name), labelled.teacher.get(name)
    if gold is not None:
        is_weighed = opinion is not None and opinion.blind_label is not None and opinion.final_label == gold
        return StandingLabel(
            label=gold,
            source=LabelSource.PEOPLE,
            score=opinion.score if opinion is not None and is_weighed else 1 - PEOPLE_ERROR,
            round_number=opinion.round_number if opinion is not None and is_weighed else None,
        )
    if opinion is not None and opinion.final_label in labels:
        return StandingLabel(
            label=opinion.final_label,
            source=LabelSource.TEACHER if opinion.final_label == said else LabelSource.STUDENT,
            score=opinion.score,
            round_number=opinion.round_number,
        )
    if said is not None:
        return StandingLabel(label=said, source=LabelSource.TEACHER)
    return NO_LABEL
