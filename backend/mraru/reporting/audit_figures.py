"""How good LLM, student and labels of a project are, from its audit sample alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mraru.bootstrap import Services
from mraru.errors import ProjectUnknown
from mraru.projects.audits.audited_texts import AuditedTexts, AuditSamples
from mraru.projects.audits.missing_turns import count_missing_turns
from mraru.projects.learning.labelled_set import LabelledSet, read_labelled_set
from mraru.projects.project_schema import schema_of
from mraru.quality.agreement.teacher_accuracy_on_gold import Accuracy, measure_accuracy
from mraru.quality.audit.audit_estimates import (
    AuditedLabels,
    MeasuredAccuracy,
    measure_class_shares,
    measure_corpus,
    measure_student,
    measure_teacher,
    measure_teacher_on_corpus,
)
from mraru.quality.audit.question_estimates import AuditedQuestion, measure_questions
from mraru.quality.audit.share_estimates import Estimate
from mraru.quality.audit.shares import LEAST_TEXTS
from mraru.quantities import choose_form, spell_quantity, spell_stars
from mraru.schema_records import AnswerKind
from mraru.store.projects.round_repository import Round
from mraru.store.review.opinions import Opinion
from mraru.teachers.zero_shot.zero_shot_record import PEOPLE_FIRST


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFigures:
    """Estimates with 95 % intervals; what cannot be said yet says why, and what it would take."""

    project_id: int
    audit_share: float  # of what the stream serves first, as set now; 0: nothing more is drawn
    n_texts: int  # distinct texts of the project
    n_drawn: int  # for the audit so far
    n_waiting: int  # of them, not looked at yet, or people are split on them
    n_tied: int  # of those that wait, the ones on which people are split: a third person or a star settles them
    n_early: int  # labelled already, and counted once those that were drawn before them are labelled
    n_set_aside: int  # skipped, or without a label that counts: the estimates speak for texts that people can label
    n_corpus: int  # audited texts that speak for all texts
    n_teacher: int  # audited texts that speak for those that the LLM labelled
    last_round: int | None  # the latter speak for what was labelled up to this round
    n_teacher_labels: int  # texts that the LLM labelled, of all rounds; `teacher` says of how many of them it speaks
    teacher: MeasuredAccuracy  # of the LLM's labels, over the texts that it labelled
    teacher_on_corpus: MeasuredAccuracy  # of what it would say of all texts
    student: MeasuredAccuracy  # over all texts, by students that have not learned the text's label
    corpus: MeasuredAccuracy  # of the final labels: people's, else the likeliest from all that is known
    class_shares: dict[str, Estimate]  # of all texts
    by_question: tuple[AuditedQuestion, ...]  # none where one question is asked
    corrections: Accuracy  # the LLM on whatever people labelled: no estimate of anything
    are_ratings: bool  # then errors count by their distance, too
    n_chosen: int  # of these, the ones that were not drawn for the audit: chosen by people, or served as doubtful
    n_turns_missing: int | None  # tasks from the tab's top until the first figures are told; None: more must be drawn

    @property
    def has_teacher_on_rest(self) -> bool:
        """Whether some texts have no label of the teacher's: else `teacher` and `teacher_on_corpus` are one figure."""
        return self.teacher.overall.n_population < self.n_texts


def say_corrections(audit: AuditFigures, teacher_name: str) -> str:
    """What people said of the LLM's labels, and why that is no estimate."""
    found = audit.corrections
    n_wrong = found.n_checked - found.n_right
    counted = (
        f"Of the {spell_quantity(found.n_checked, 'text')} with a label of the {teacher_name} that people labelled, "
        f"for whatever reason, {n_wrong:,} had another label from it."
    )
    if found.stars_apart is not None:
        counted += f" It was {spell_stars(found.stars_apart)} off on average."
    if not audit.n_chosen:
        drawn = "All of them were" if found.n_checked > 1 else "It was"
        return f"{counted} {drawn} drawn for the audit at random: what they tell of all texts stands above."
    were = choose_form(audit.n_chosen, "was", "were")
    return (
        f"{counted} {audit.n_chosen:,} of them {were} not drawn at random, as people come to doubtful ones first: no "
        "estimate."
    )


def say_early(audit: AuditFigures) -> str:
    """Why so many labels do not count yet; empty where all do."""
    if not audit.n_early:
        return ""
    are = "are" if audit.n_early != 1 else "is"
    them = "them" if audit.n_early != 1 else "it"
    return (
        f"{audit.n_early:,} more {are} labelled already, and will count once those drawn before {them} are labelled, "
        "too: label the tasks in Label Studio's tab 'Audit sample' from its top "
        "('Label Tasks As Displayed' in the menu beside the button: the button alone goes through all tasks)."
    )


def measure_audit(services: Services, project_id: int) -> AuditFigures:
    """Estimate everything that the audit of a project tells.

    Raises:
        ProjectUnknown: no such project is connected.
        LabelConfigError: its label config is not supported.
    """
    store = services.store
    project = store.projects.get(project_id)
    if project is None:
        raise ProjectUnknown(f"This backend does not know project {project_id}: connect it first.")
    schema = schema_of(project)
    are_ratings = schema.kind is AnswerKind.RATING
    labelled = read_labelled_set(store, project_id, schema)
    settings = services.settings_for(project_id)
    samples = AuditSamples(store, project_id, settings.seed, labelled)
    texts = samples.read()
    teacher = {name: label for name, label in labelled.teacher.items() if label is not None}
    n_texts = store.tasks.count_texts(project_id)
    opinions = store.opinions.load(project_id, sorted(labelled.known))
    audited = AuditedLabels(
        labels=schema.labels,
        labels_of=schema.labels_of,
        n_texts=n_texts,
        gold=labelled.gold,
        teacher=teacher,
        student=_read_student(opinions),
        blind=_read_blind(opinions),
        corpus_sample=texts.corpus.members,
        teacher_sample=texts.teacher.members,
        n_teacher_sampled=texts.n_teacher,
        acceptance=store.rounds.list_acceptance_probabilities(project_id),
        visits_per_text=_list_visits_per_text(store.rounds.list_all(project_id), texts.last_round),
        n_named=store.opinions.count_labels(project_id) if store.opinions.count(project_id) == n_texts else None,
        are_ratings=are_ratings,
    )
    counted = set(texts.corpus.members).union(texts.teacher.members)
    return AuditFigures(
        project_id=project_id,
        audit_share=settings.audit_share,
        n_texts=n_texts,
        n_drawn=texts.n_drawn,
        n_waiting=texts.n_waiting,
        n_tied=texts.n_tied,
        n_early=max(0, texts.n_drawn - texts.n_waiting - len(counted)),
        n_set_aside=len(counted - labelled.gold.keys()),
        n_corpus=sum(name in labelled.gold for name in texts.corpus.members),
        n_teacher=sum(name in labelled.gold for name in texts.teacher.members),
        last_round=texts.last_round,
        n_teacher_labels=len(teacher),
        teacher=measure_teacher(audited),
        teacher_on_corpus=measure_teacher_on_corpus(audited),
        student=measure_student(audited),
        corpus=measure_corpus(audited),
        class_shares=measure_class_shares(audited),
        by_question=measure_questions(schema, audited),
        corrections=measure_accuracy(labelled.gold, labelled.teacher, are_ratings=are_ratings),
        are_ratings=are_ratings,
        n_chosen=len((labelled.gold.keys() & teacher.keys()) - samples.drawn),
        n_turns_missing=_count_missing_turns(samples, texts, labelled, is_zero_shot=settings.uses_zero_shot),
    )


def _count_missing_turns(
    samples: AuditSamples, texts: AuditedTexts, labelled: LabelledSet, *, is_zero_shot: bool
) -> int | None:
    """Until the share of right labels is told and, of the built-in teacher, so many are checked as it asks for."""
    skipped = {*texts.corpus.members, *texts.teacher.members} - labelled.gold.keys()

    def is_enough(found: AuditedTexts) -> bool:
        n_teacher = len(set(found.teacher.members) - skipped)
        return len(set(found.corpus.members) - skipped) >= LEAST_TEXTS and (
            not is_zero_shot or n_teacher >= PEOPLE_FIRST
        )

    return 0 if is_enough(texts) else count_missing_turns(samples, is_enough)


def _list_visits_per_text(rounds: Sequence[Round], last_round: int | None) -> list[float]:
    """Of each round in which the teacher's texts were drawn, how often each text of the pool was looked at."""
    return [
        round_.n_visited / round_.n_pool
        for round_ in rounds
        if round_.is_sampled and round_.n_pool and last_round is not None and round_.number <= last_round
    ]


def _read_student(opinions: Mapping[str, Opinion]) -> dict[str, str]:
    """What the student says of labelled texts; nothing while it can only repeat what it has learned."""
    if not any(opinion.is_out_of_fold for opinion in opinions.values()):
        return {}
    return {name: opinion.label for name, opinion in opinions.items()}


def _read_blind(opinions: Mapping[str, Opinion]) -> dict[str, str]:
    """What the final labels would be if people had said nothing of these texts; what was pushed before they did."""
    return {name: opinion.blind_label or opinion.final_label for name, opinion in opinions.items()}
