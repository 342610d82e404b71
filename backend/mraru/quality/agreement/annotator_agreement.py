"""What each annotator does, and how far it agrees with the others, with the teacher and with the student."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from mraru.quality.agreement.confusion import ConfusionMatrix, count_confusion
from mraru.quality.agreement.gold import latest_first
from mraru.quality.agreement.pair_agreement import PairAgreement, measure_agreement
from mraru.records import Annotation

ByText = Mapping[str, Sequence[Annotation]]  # by text hash
Said = dict[int, dict[str, str]]  # labels by text hash, of each annotator


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatorStanding:
    """One user of Label Studio in one project."""

    annotator_id: int
    name: str
    n_annotations: int  # with a label
    n_texts: int  # distinct, that they are about
    n_skipped: int
    n_empty: int  # submitted without a label
    n_prefilled: int  # of `n_annotations`, begun with a prediction's label on the form
    median_time_s: float | None  # of `n_annotations`; None where no time is known
    with_others: PairAgreement  # one pair for each text and other annotator
    with_teacher: PairAgreement  # where the teacher named a label
    with_student: PairAgreement
    against_teacher: ConfusionMatrix  # rows: the annotator


def labels_by_annotator(by_text: ByText) -> Said:
    """The label that each annotator gave each text, the latest where there are several.

    >>> first = Annotation(annotation_id=1, task_id=7, label="ham", completed_by=5)
    >>> labels_by_annotator({"t1": [first], "t2": [Annotation(annotation_id=2, task_id=8, label=None, completed_by=5)]})
    {5: {'t1': 'ham'}}
    """
    said: Said = {}
    for text, listed in by_text.items():
        for annotation in latest_first(listed):
            if annotation.completed_by is not None and annotation.is_gold and annotation.label is not None:
                said.setdefault(annotation.completed_by, {}).setdefault(text, annotation.label)
    return dict(sorted(said.items()))


def judge_annotators(
    by_text: ByText,
    teacher: Mapping[str, str | None],
    student: Mapping[str, str],
    labels: Sequence[str],
    names: Mapping[int, str],
    *,
    are_ratings: bool = False,
) -> list[AnnotatorStanding]:
    """One standing for each user who labelled or skipped something, by their numbers.

    What Label Studio made of predictions is nobody's.

    Args:
        by_text: all annotations of the project; a label that is none of `labels` counts as no label.
        teacher: its labels by text hash; None where it named none.
        student: those of students that have not learned the text.
        labels: of the project, in the config's order.
        names: of users; "annotator 5" where one is missing.
        are_ratings: whether all labels are whole numbers of stars.

    >>> by_text = {"t1": [Annotation(annotation_id=n, task_id=7, label="x", completed_by=n) for n in (1, 2)]}
    >>> first, second = judge_annotators(by_text, {"t1": "y"}, {}, ["x", "y"], {2: "Ann"})
    >>> first.name, second.name, first.with_others.n_agreeing, first.with_teacher.n_agreeing
    ('annotator 1', 'Ann', 1, 0)
    """
    known = set(labels)
    made: dict[int, list[Annotation]] = {}
    for listed in by_text.values():
        for annotation in listed:
            if annotation.completed_by is not None and annotation.is_human:
                made.setdefault(annotation.completed_by, []).append(annotation)
    said = labels_by_annotator(
        {text: [annotation for annotation in listed if annotation.label in known] for text, listed in by_text.items()}
    )
    return [
        _judge(
            annotator_id,
            names.get(annotator_id, f"annotator {annotator_id}"),
            made[annotator_id],
            said.get(annotator_id, {}),
            {other: theirs for other, theirs in said.items() if other != annotator_id},
            teacher,
            student,
            labels,
            are_ratings,
        )
        for annotator_id in sorted(made)
    ]


def _judge(
    annotator_id: int,
    name: str,
    made: Sequence[Annotation],
    own: Mapping[str, str],
    others: Said,
    teacher: Mapping[str, str | None],
    student: Mapping[str, str],
    labels: Sequence[str],
    are_ratings: bool,
) -> AnnotatorStanding:
    labelled = [annotation for annotation in made if annotation.is_gold and annotation.label in labels]
    n_skipped = sum(annotation.was_cancelled for annotation in made)
    times = [annotation.lead_time_s for annotation in labelled if annotation.lead_time_s is not None]
    shared = [
        (text, label, theirs[text]) for text, label in own.items() for theirs in others.values() if text in theirs
    ]
    return AnnotatorStanding(
        annotator_id=annotator_id,
        name=name,
        n_annotations=len(labelled),
        n_texts=len(own),
        n_skipped=n_skipped,
        n_empty=len(made) - len(labelled) - n_skipped,
        n_prefilled=sum(annotation.parent_prediction is not None for annotation in labelled),
        median_time_s=median(times) if times else None,
        with_others=measure_agreement(
            [(label, other) for _, label, other in shared],
            len({text for text, _, _ in shared}),
            are_ratings=are_ratings,
        ),
        with_teacher=compare(own, teacher, are_ratings=are_ratings),
        with_student=compare(own, student, are_ratings=are_ratings),
        against_teacher=count_confusion(own, teacher, labels),
    )


def compare(own: Mapping[str, str], other: Mapping[str, str | None], *, are_ratings: bool = False) -> PairAgreement:
    """How far labels agree with another's, where that one named a label.

    >>> compare({"t1": "x", "t2": "y"}, {"t1": "x", "t2": None}).n_texts
    1
    """
    return measure_agreement(
        [(label, theirs) for text, label in own.items() if (theirs := other.get(text)) is not None],
        are_ratings=are_ratings,
    )
