"""`mraru audit`: how good LLM, student and labels are, from the audit sample alone."""

from __future__ import annotations

from collections.abc import Mapping

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mraru.bootstrap import Services
from mraru.figures.audit import AuditFigures, measure_audit
from mraru.review.estimates import Estimate

COLUMNS = ("", "share right", "95 % interval", "audited", "more for ±5 points")
SHARE_COLUMNS = ("", "share", *COLUMNS[2:])


def show_audit(services: Services, project_id: int, console: Console | None = None) -> None:
    """Print the estimates as tables, and what they rest on.

    Raises:
        ProjectUnknown: no backend has kept anything in MODEL_DIR, or no such project is connected.
    """
    services.require_store()
    console = console or Console(highlight=False, markup=False, emoji=False)
    figures = measure_audit(services, project_id)
    console.print(_describe_sample(figures), soft_wrap=True)
    for title, measured in (
        (_teacher_title(figures), figures.teacher),
        ("LLM, over all texts", figures.teacher_on_corpus),
        ("Student, over all texts", figures.student),
        ("Final labels: people's, else the LLM's, else the student's", figures.corpus),
    ):
        console.print(_make_table(title, {"all": measured.overall} | measured.by_class))
    console.print(_make_table("Shares of the classes", figures.class_shares, SHARE_COLUMNS))
    for reason in _list_reasons(figures):
        console.print(reason, soft_wrap=True)
    naive = figures.corrections
    if naive.share is not None:
        console.print(
            f"People agree with the LLM on {_percent(naive.share)} of the {naive.n_checked:,} of its labels that they "
            "looked at. That is no estimate of its accuracy: they look first at what is likely wrong.",
            soft_wrap=True,
        )


def _teacher_title(figures: AuditFigures) -> str:
    until = f" up to round {figures.last_round}" if figures.last_round is not None else ""
    return f"LLM, over the texts that it labelled{until}"


def _describe_sample(figures: AuditFigures) -> str:
    ties = ""
    if figures.n_tied:
        ties = f", {figures.n_tied:,} of them because people are split on them: a third person or a star settles that"
    described = (
        f"Project {figures.project_id}, {figures.n_texts:,} distinct texts. For the audit {figures.n_drawn:,} were "
        f"drawn at random; {figures.n_waiting:,} wait for a person{ties}. {figures.n_corpus:,} audited texts speak "
        f"for all texts, {figures.n_teacher:,} for those that the LLM labelled."
    )
    if figures.n_set_aside:
        described += f" {figures.n_set_aside:,} were skipped: the figures are for texts that people can label."
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
    interval = "too few" if estimate.interval is None else " to ".join(map(_percent, estimate.interval))
    return (
        "" if estimate.share is None else _percent(estimate.share),
        interval,
        f"{estimate.n_labels:,}",
        f"{estimate.n_more:,}" if estimate.n_more else "",
    )


def _list_reasons(figures: AuditFigures) -> list[str]:
    """Why whole tables are missing, each reason once."""
    measured = (figures.teacher, figures.teacher_on_corpus, figures.student, figures.corpus)
    return list(dict.fromkeys(part.overall.reason for part in measured if part.overall.reason))


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
