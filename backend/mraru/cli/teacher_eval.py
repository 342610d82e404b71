"""`mraru teacher eval`: the teacher's answers measured against what people said, the cost told before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from rich.console import Console

from mraru.bootstrap import Services
from mraru.errors import MRaruError, NothingToMeasure
from mraru.interfaces import Teacher
from mraru.labelstudio.label_config import parse_label_config
from mraru.loop.label_book import read_label_book
from mraru.records import TeacherIdentity
from mraru.review.accuracy import Accuracy, measure_accuracy, measure_by_class

BIAS_NOTE = (
    "People look first at texts on which teacher and student agree least, so the teacher is likely to be right more "
    "often on all texts than on these."
)


def evaluate_teacher(
    services: Services, project_id: int, *, confirm: Callable[[str], bool], console: Console | None = None
) -> None:
    """Ask about every text that people labelled and that this teacher was not asked about; print how it did.

    Calls are booked on the project, within its budget and that of all.

    Args:
        confirm: told the most that the calls can cost; False leaves it at what is known already.

    Raises:
        NothingToMeasure: nobody has labelled a text of this project yet.
        ProjectBusy: the worker is in the middle of a round; nothing was asked.
        TeacherError: of the first call that failed; the answers before it are printed and kept.
    """
    console = console or Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    project = services.store.projects.get(project_id)
    if project is None:
        raise NothingToMeasure(f"This backend does not know project {project_id}: connect it first.")
    schema = parse_label_config(project.label_config)
    gold = read_label_book(services.store, project_id, schema).gold
    texts = services.store.tasks.load_texts(project_id, sorted(gold))
    if not texts:
        raise NothingToMeasure(f"Nobody has labelled a text of project {project_id} yet: there is nothing to compare.")
    teacher = services.make_teacher(project, schema)
    unasked = [
        text for name, text in texts.items() if services.store.answered_calls.find(teacher.identity, name) is None
    ]
    failure = None
    if unasked:
        bound_usd = sum(map(teacher.cost_bound_usd, unasked))
        question = (
            f"{len(texts)} texts were labelled by people, and {teacher.identity.model} was asked about "
            f"{len(texts) - len(unasked)} of them with this prompt. "
            f"Asking about the other {len(unasked)} costs at most ${bound_usd:.4f}. Go on?"
        )
        if confirm(question):
            # the worker would take open calls of its project for those of a dead process
            with services.store.leases.hold(project_id):
                failure = _ask_all(teacher, unasked, services.settings.teacher_concurrency)
    _print_report(console, gold, _answers_by_teacher(services, project_id, list(texts), teacher), teacher.identity)
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


def _answers_by_teacher(
    services: Services, project_id: int, text_hashes: Sequence[str], teacher: Teacher
) -> dict[TeacherIdentity, dict[str, str | None]]:
    """What each model and prompt said, by text hash: those that this project asked, and the present one."""
    found: dict[TeacherIdentity, dict[str, str | None]] = {teacher.identity: {}}
    for call in services.store.answered_calls.list_about(text_hashes):
        if call.project_id == project_id or call.identity == teacher.identity:
            found.setdefault(call.identity, {}).setdefault(call.text_hash, call.label)
    return found


def _print_report(
    console: Console,
    gold: Mapping[str, str],
    answers: Mapping[TeacherIdentity, Mapping[str, str | None]],
    present: TeacherIdentity,
) -> None:
    for identity, said in answers.items():
        mark = " (in use)" if identity == present else ""
        console.print(
            f"{identity.model}, prompt {identity.prompt_version}{mark}: {describe(measure_accuracy(gold, said))}"
        )
        if identity == present:
            for label, accuracy in measure_by_class(gold, said).items():
                console.print(f"  {label}: {describe(accuracy)}")
    console.print(BIAS_NOTE)


def describe(accuracy: Accuracy) -> str:
    """An accuracy in words.

    >>> describe(Accuracy(n_right=9, n_checked=10, n_no_label=1))
    '9 of 10 right, 90.0 % (95 % interval 59.6 to 98.2 %), 1 without label'
    """
    no_label = f", {accuracy.n_no_label} without label" if accuracy.n_no_label else ""
    if accuracy.share is None or accuracy.interval is None:
        return f"nothing to compare yet{no_label}"
    low, high = accuracy.interval
    return (
        f"{accuracy.n_right} of {accuracy.n_checked} right, {accuracy.share:.1%}".replace("%", " %")
        + f" (95 % interval {100 * low:.1f} to {100 * high:.1f} %){no_label}"
    )
