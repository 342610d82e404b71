"""`mraru audit`: how good LLM, student and labels are, from the audit sample alone."""

from __future__ import annotations

from collections.abc import Mapping

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mraru.bootstrap import Services
from mraru.quality.audit.share_estimates import Estimate
from mraru.quantities import choose_form, spell_quantity, spell_stars
from mraru.reporting.audit_figures import AuditFigures, measure_audit, say_corrections, say_early
from mraru.reporting.report.report_tables import texts
from mraru.reporting.teacher_words import TeacherWords

COLUMNS = ("", "right", "95 % sure", "audited", "more for ±5 points")
SHARE_COLUMNS = ("", "share", *COLUMNS[2:])


def show_audit(services: Services, project_id: int, console: Console | None = None) -> None:
    """Print the estimates as tables, and what they rest on.

    Raises:
        ProjectUnknown: no backend has kept anything in MODEL_DIR, or no such project is connected.
    """
    services.require_store()
    console = console or Console(highlight=False, markup=False, emoji=False)
    figures, words = measure_audit(services, project_id), TeacherWords.of(services.settings)
    everything = f"all {texts(figures.n_texts)}"
    console.print(_describe_sample(figures, words), soft_wrap=True)
    on_rest = []
    if figures.has_teacher_on_rest:
        on_rest = [(f"{words.start}, if it labelled every text, of {everything}", figures.teacher_on_corpus)]
    for title, measured in (
        (f"Final labels, of {everything}", figures.corpus),
        (_teacher_title(figures, words), figures.teacher),
        *on_rest,
        (f"Student, of {everything}", figures.student),
    ):
        if measured.overall.share is None:
            console.print(f"{title}: {measured.overall.reason}\n", soft_wrap=True)
        else:
            console.print(_make_table(title, {"all": measured.overall} | measured.by_class))
            if measured.stars_apart is not None:
                console.print(f"On average {spell_stars(measured.stars_apart)} off people's.\n", soft_wrap=True)
    if figures.by_question and figures.n_corpus:
        of_questions = {found.name: found.corpus.overall for found in figures.by_question}
        console.print(_make_table("Final labels of each question, of the texts that are asked it", of_questions))
        of_questions = {found.name: found.teacher.overall for found in figures.by_question}
        console.print(_make_table(f"{words.start}, of each question", of_questions))
    if any(found.share is not None for found in figures.class_shares.values()):
        console.print(_make_table(f"Share of each label, of {everything}", figures.class_shares, SHARE_COLUMNS))
    if figures.corrections.n_checked:
        console.print(say_corrections(figures, words.name), soft_wrap=True)


def _teacher_title(figures: AuditFigures, words: TeacherWords) -> str:
    found = figures.teacher.overall
    whose = f"of the {texts(found.n_population)} that it labelled"
    if found.n_population < figures.n_teacher_labels and figures.last_round is not None:
        whose += f" up to round {figures.last_round} ({figures.n_teacher_labels:,} by now)"
    return f"{words.start}, {whose}"


def _describe_sample(figures: AuditFigures, words: TeacherWords) -> str:
    ties = ""
    if figures.n_tied:
        ties = f", {figures.n_tied:,} of them because people are split on them: a third person or a star settles that"
    described = (
        f"Project {figures.project_id}, {spell_quantity(figures.n_texts, 'distinct text')}. For the audit "
        f"{figures.n_drawn:,} "
        f"{choose_form(figures.n_drawn, 'was', 'were')} drawn at random; {figures.n_waiting:,} "
        f"{choose_form(figures.n_waiting, 'waits', 'wait')} for a person{ties}. "
        f"{spell_quantity(figures.n_corpus, 'audited text')} {choose_form(figures.n_corpus, 'speaks', 'speak')} "
        f"for all texts, {figures.n_teacher:,} for those that the {words.name} labelled."
    )
    if figures.n_early:
        described += f" {say_early(figures)}"
    if figures.n_set_aside:
        described += f" {figures.n_set_aside:,} {choose_form(figures.n_set_aside, 'was', 'were')} skipped: the "
        "figures are for texts that people can label."
    if not figures.audit_share:
        described += " MRARU_AUDIT_SHARE is 0: no more are drawn."
    return described


def _make_table(title: str, estimates: Mapping[str, Estimate], columns: tuple[str, ...] = COLUMNS) -> Table:
    table = Table(title=Text(title), title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in columns:
        table.add_column(name, justify="right" if name else "left")
    for name, estimate in estimates.items():
        table.add_row(Text(name), *map(Text, _cells(estimate)))  # not markup: labels are people's
    return table


def _cells(estimate: Estimate) -> tuple[str, ...]:
    around = " to ".join(map(_percent, estimate.interval)) if estimate.interval is not None else ""
    return (
        "" if estimate.share is None else _percent(estimate.share),
        "all were looked at" if estimate.is_census else around,
        f"{estimate.n_labels:,}",
        f"{estimate.n_more:,}" if estimate.n_more else "",
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
