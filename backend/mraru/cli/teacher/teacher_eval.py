"""`mraru teacher eval`: the teacher's answers measured against what people said, the cost told before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from rich.console import Console

from mraru.bootstrap import Services
from mraru.errors import MRaruError, NothingToMeasure
from mraru.interfaces import Teacher
from mraru.projects.learning.labelled_set import read_labelled_set
from mraru.projects.project_schema import schema_of
from mraru.quality.agreement.teacher_accuracy_on_gold import Accuracy, measure_accuracy, measure_by_class
from mraru.quantities import choose_form, spell_quantity, spell_stars
from mraru.records import TeacherIdentity
from mraru.schema_records import AnswerKind
from mraru.teachers.combined.several_teachers import SeveralTeachers, list_identities, recall_answer

BIAS_NOTE = (
    "This is counted on the texts that people labelled, whatever led them there. `mraru audit` says "
    "how many of all labels are right."
)


def evaluate_teacher(
    services: Services, project_id: int, *, confirm: Callable[[str], bool], console: Console | None = None
) -> None:
    """Ask about every text that people labelled and that this teacher was not asked about; print how it did.

    Of several teachers, the label is that of the majority or of the cascade: Dawid-Skene needs the project's votes.

    Calls are booked on the project, within its budget and that of all.

    Args:
        confirm: told the most that the calls can cost; False leaves it at what is known already.

    Raises:
        ProjectUnknown: no backend has kept anything in MODEL_DIR.
        NothingToMeasure: nobody has labelled a text of this project yet.
        ProjectBusy: the worker is in the middle of a round; nothing was asked.
        TeacherError: of the first call that failed; the answers before it are printed and kept.
    """
    console = console or Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    project = services.require_store().projects.get(project_id)
    if project is None:
        raise NothingToMeasure(f"This backend does not know project {project_id}: connect it first.")
    schema = schema_of(project)
    gold = read_labelled_set(services.store, project_id, schema).gold
    texts = services.store.tasks.load_texts(project_id, sorted(gold))
    if not texts:
        raise NothingToMeasure(f"Nobody has labelled a text of project {project_id} yet: there is nothing to compare.")
    teacher = services.teachers.for_project(project, schema)
    ledger = services.store.project_ledger(project_id)
    unasked = [text for text in texts.values() if recall_answer(teacher, ledger, text) is None]
    name = services.settings.llm_name if isinstance(teacher, SeveralTeachers) else teacher.identity.model
    failure = None
    if unasked:
        bound_usd = sum(map(teacher.cost_bound_usd, unasked))
        question = (
            f"{spell_quantity(len(texts), 'text')} {choose_form(len(texts), 'was', 'were')} labelled by people, "
            f"and {name} was asked about "
            f"{len(texts) - len(unasked)} of them with this prompt. "
            f"Asking about the other {len(unasked)} costs at most ${bound_usd:.4f}. Go on?"
        )
        if confirm(question):
            with services.store.hold_to_ask(project_id):
                failure = _ask_all(teacher, unasked, services.settings.teacher_concurrency)
    in_use = _name_identities(services, teacher)
    answers = _answers_by_teacher(services, project_id, texts, teacher, in_use)
    _print_report(console, gold, answers, teacher.identity, in_use, are_ratings=schema.kind is AnswerKind.RATING)
    if failure is not None:
        raise failure


def _ask_all(teacher: Teacher, texts: Sequence[str], concurrency: int) -> MRaruError | None:
    """Ask until one call fails; answers go into the ledger."""
    failures: list[MRaruError] = []

    def ask(text: str) -> None:
        if failures:
            return
        try:
            teacher.label(text)
        except MRaruError as exc:
            failures.append(exc)

    with ThreadPoolExecutor(max_workers=concurrency) as executor:
        list(executor.map(ask, texts))
    return failures[0] if failures else None


def _name_identities(services: Services, teacher: Teacher) -> dict[TeacherIdentity, str]:
    """The teachers in use: the one, or several as one and then each of them."""
    if not isinstance(teacher, SeveralTeachers):
        return {teacher.identity: teacher.identity.model}
    members = {member.teacher.identity: f"{member.name}: {member.teacher.identity.model}" for member in teacher.members}
    return {teacher.identity: services.settings.llm_name, **members}


def _answers_by_teacher(
    services: Services,
    project_id: int,
    texts: Mapping[str, str],
    teacher: Teacher,
    in_use: Mapping[TeacherIdentity, str],
) -> dict[TeacherIdentity, dict[str, str | None]]:
    """What each model and prompt said, by text hash: those in use, and those that this project asked."""
    ledger, renames = services.store.project_ledger(project_id), services.store.label_renames.load(project_id)
    recalled = {text_hash: recall_answer(teacher, ledger, text) for text_hash, text in texts.items()}
    found: dict[TeacherIdentity, dict[str, str | None]] = {identity: {} for identity in in_use}
    found[teacher.identity] = {text_hash: answer.label for text_hash, answer in recalled.items() if answer}
    rest_in_use = [identity for identity in list_identities(teacher) if identity not in in_use]
    for call in services.store.answered_calls.list_about(list(texts)):
        if call.is_none_shown or call.identity in rest_in_use:
            continue  # no answer yet, or told above
        if call.project_id == project_id or call.identity in in_use:
            said = renames.get(call.label, call.label) if call.label is not None else None
            found.setdefault(call.identity, {}).setdefault(call.text_hash, said)
    return found


def _print_report(
    console: Console,
    gold: Mapping[str, str],
    answers: Mapping[TeacherIdentity, Mapping[str, str | None]],
    present: TeacherIdentity,
    in_use: Mapping[TeacherIdentity, str],
    *,
    are_ratings: bool,
) -> None:
    for identity, said in answers.items():
        name, mark = in_use.get(identity, identity.model), " (in use)" if identity in in_use else ""
        accuracy = measure_accuracy(gold, said, are_ratings=are_ratings)
        console.print(f"{name}, prompt {identity.prompt_version}{mark}: {describe(accuracy)}")
        if identity == present:
            for label, of_label in measure_by_class(gold, said).items():
                console.print(f"  {label}: {describe(of_label)}")
    console.print(BIAS_NOTE)


def describe(accuracy: Accuracy) -> str:
    """What was counted, in words; no share, as the texts are no sample.

    >>> describe(Accuracy(n_right=9, n_checked=10, n_no_label=1))
    '9 of 10 right, 1 without label'
    """
    no_label = f", {accuracy.n_no_label} without label" if accuracy.n_no_label else ""
    if not accuracy.n_checked:
        return f"nothing to compare yet{no_label}"
    off = f", {spell_stars(accuracy.stars_apart)} off on average" if accuracy.stars_apart is not None else ""
    return f"{accuracy.n_right:,} of {accuracy.n_checked:,} right{off}{no_label}"
