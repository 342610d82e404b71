"""Who labelled a project and how far people, teacher and student agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from mraru.bootstrap import Services
from mraru.errors import LabelConfigError, ProjectUnknown, SettingsError
from mraru.projects.learning.labelled_set import LabelledSet, read_labelled_set
from mraru.projects.project_schema import schema_of
from mraru.quality.agreement.annotator_agreement import (
    AnnotatorStanding,
    compare,
    judge_annotators,
    labels_by_annotator,
)
from mraru.quality.agreement.confusion import ConfusionMatrix, count_confusion
from mraru.quality.agreement.dispute_outcomes import DisputeOutcome, settle_disputes
from mraru.quality.agreement.gold import counted_votes
from mraru.quality.agreement.krippendorff_alpha import count_shared, krippendorff_alpha
from mraru.quality.agreement.label_counts import SetAgreement, compare_sets
from mraru.quality.agreement.pair_agreement import PairAgreement
from mraru.quality.agreement.question_agreement import QuestionAgreement, compare_questions
from mraru.quality.audit.shares import LEAST_TEXTS
from mraru.records import Annotation
from mraru.schema_records import AnswerKind, LabelSchema
from mraru.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """A text on which people are evenly split."""

    text_hash: str
    task_ids: tuple[int, ...]
    votes: tuple[tuple[str, int], ...]  # label and how many people gave it, most first


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatorFigures:
    """Of one project; the student's labels are those of students that have not learned the text."""

    labels: tuple[str, ...]  # in the config's order; sets that were given, where several may be chosen
    annotators: tuple[AnnotatorStanding, ...]
    n_gold: int  # texts that people settled
    n_shared: int  # texts that two annotators or more labelled
    are_ratings: bool  # then alpha and kappa weigh a disagreement by the square of its stars
    krippendorff_alpha: float | None  # over all annotators; None: too little is shared, or all labels are the same
    people_with_teacher: PairAgreement  # gold against the teacher
    people_with_student: PairAgreement
    people_against_teacher: ConfusionMatrix  # rows: gold
    people_against_student: ConfusionMatrix
    sets_with_teacher: SetAgreement | None  # gold against the teacher, label by label; None: one label is chosen
    sets_with_student: SetAgreement | None
    by_question: tuple[QuestionAgreement, ...]  # none where one question is asked
    disputes: tuple[DisputeOutcome, ...]  # texts on which teacher and student differ: in all, then by people's label
    ties: tuple[Tie, ...]  # by their first task


def read_annotators(services: Services, project_id: int) -> AnnotatorFigures:
    """Read a project's figures from its store, and names from Label Studio where it tells them.

    Raises:
        ProjectUnknown: this backend does not know the project.
    """
    store = services.store
    project = store.projects.get(project_id)
    if project is None:
        raise ProjectUnknown(f"Project {project_id} is not connected to this backend.")
    schema: LabelSchema | None = None
    try:
        schema = schema_of(project)
    except LabelConfigError:  # the project's state says what is wrong
        labels: tuple[str, ...] = ()
        are_ratings = False
        by_text: dict[str, list[Annotation]] = {}
        labelled = LabelledSet(gold={}, teacher={})
    else:
        are_ratings = schema.kind is AnswerKind.RATING
        by_text = store.annotations.list_by_text(project_id)
        labelled = read_labelled_set(store, project_id, schema)
        labels = tuple(filter(schema.is_answer, schema.possible(_list_given(store, project_id, by_text, labelled))))
    said = labels_by_annotator(_only_with(by_text, labels))
    student = read_student_labels(store, project_id, by_text, labels)
    names = _read_names(services, project_id) if said else {}
    is_multiple = schema is not None and schema.is_multiple
    n_shared = count_shared(said)
    return AnnotatorFigures(
        labels=labels,
        annotators=tuple(judge_annotators(by_text, labelled.teacher, student, labels, names, are_ratings=are_ratings)),
        n_gold=len(labelled.gold),
        n_shared=n_shared,
        are_ratings=are_ratings,
        krippendorff_alpha=krippendorff_alpha(said, are_ratings=are_ratings, are_sets=is_multiple)
        if n_shared >= LEAST_TEXTS
        else None,
        people_with_teacher=compare(labelled.gold, labelled.teacher, are_ratings=are_ratings),
        people_with_student=compare(labelled.gold, student, are_ratings=are_ratings),
        people_against_teacher=count_confusion(labelled.gold, labelled.teacher, labels),
        people_against_student=count_confusion(labelled.gold, student, labels),
        sets_with_teacher=_compare_sets(schema, labelled.gold, labelled.teacher),
        sets_with_student=_compare_sets(schema, labelled.gold, student),
        by_question=compare_questions(schema, labelled.gold, labelled.teacher, student, said) if schema else (),
        disputes=tuple(settle_disputes(labelled.gold, labelled.teacher, student, () if is_multiple else labels)),
        ties=_list_ties(store, project_id, _only_with(by_text, labels), labelled.ties),
    )


def _list_given(
    store: Store, project_id: int, by_text: Mapping[str, Sequence[Annotation]], labelled: LabelledSet
) -> set[str]:
    """All that anybody said of texts that people looked at."""
    by_people = {made.label for listed in by_text.values() for made in listed}
    by_teacher = {labelled.teacher.get(text) for text in by_text}
    by_student = {opinion.label for opinion in store.opinions.load(project_id, sorted(by_text)).values()}
    return {said for said in by_people | by_teacher | by_student if said is not None}


def _compare_sets(
    schema: LabelSchema | None, gold: Mapping[str, str], said: Mapping[str, str | None]
) -> SetAgreement | None:
    if schema is None or not schema.is_multiple:
        return None
    return compare_sets(gold, said, schema.labels, schema.labels_of)


def read_student_labels(
    store: Store, project_id: int, text_hashes: Collection[str], labels: Collection[str]
) -> dict[str, str]:
    """What students that have not learned these texts say of them, by text hash; others are left out."""
    opinions = store.opinions.load(project_id, sorted(text_hashes))
    return {
        text_hash: opinion.label
        for text_hash, opinion in opinions.items()
        if opinion.is_out_of_fold and opinion.label in labels
    }


def _only_with(by_text: Mapping[str, Sequence[Annotation]], labels: Collection[str]) -> dict[str, list[Annotation]]:
    """The annotations that hold one of these labels."""
    return {
        text_hash: [annotation for annotation in listed if annotation.label in labels]
        for text_hash, listed in by_text.items()
    }


def _read_names(services: Services, project_id: int) -> Mapping[int, str]:
    try:
        client = services.label_studio(project_id)
        return services.people.names(client)
    except SettingsError:
        return {}  # no address or no token: annotators have numbers


def _list_ties(
    store: Store, project_id: int, by_text: Mapping[str, Sequence[Annotation]], ties: Collection[str]
) -> tuple[Tie, ...]:
    tasks_of = store.tasks.list_tasks_of(project_id, sorted(ties))
    found = [
        Tie(text_hash=text_hash, task_ids=tuple(sorted(task_ids)), votes=_count_votes(by_text[text_hash]))
        for text_hash, task_ids in tasks_of.items()
        if text_hash in by_text
    ]
    return tuple(sorted(found, key=lambda tie: tie.task_ids))


def _count_votes(listed: Sequence[Annotation]) -> tuple[tuple[str, int], ...]:
    votes = Counter(str(vote.label) for vote in counted_votes(listed))
    return tuple(sorted(votes.items(), key=lambda vote: (-vote[1], vote[0])))
