"""The tables of a report, each from figures."""

from __future__ import annotations

from collections.abc import Sequence

from mraru.pages import Table
from mraru.quality.audit.audit_estimates import MeasuredAccuracy
from mraru.quality.audit.share_estimates import Estimate
from mraru.quality.audit.shares import share_of
from mraru.reporting.audit_figures import AuditFigures
from mraru.reporting.corrected_class_figures import CorrectedClassFigures
from mraru.reporting.label_sources import LabelSources
from mraru.reporting.money import MoneyFigures
from mraru.reporting.project_summary import TeacherFigures
from mraru.reporting.round_figures import RoundFigures
from mraru.reporting.teacher_words import TeacherWords
from mraru.store.projects.project_warnings import ProjectWarning

Interval = tuple[float, float]

UNKNOWN = ""
STARS_OFF = "stars off, on average"
SHOWN_CORRECTIONS = 20  # pairs of labels, the most frequent


def share(value: float | None) -> str:
    """A share in percent.

    >>> share(0.123), share(None)
    ('12.3 %', '')
    """
    return UNKNOWN if value is None else f"{100 * value:.1f} %"


def interval(ends: Interval | None) -> str:
    """A 95 % interval of a share.

    >>> interval((0.25, 0.75)), interval(None)
    ('25.0 to 75.0 %', '')
    """
    return UNKNOWN if ends is None else f"{100 * ends[0]:.1f} to {100 * ends[1]:.1f} %"


def ratio(n: int, of: int) -> str:
    """A share of counted texts; none of too few.

    >>> ratio(30, 40), ratio(3, 4)
    ('75.0 %', '')
    """
    return share(share_of(n, of))


def texts(n: int) -> str:
    """
    >>> texts(1), texts(1200)
    ('1 text', '1,200 texts')
    """
    return f"{n:,} text{'s' if n != 1 else ''}"


def dollars(value: float | None) -> str:
    """
    >>> dollars(1.5), dollars(0.00123), dollars(None)
    ('$1.50', '$0.0012', '')
    """
    if value is None:
        return UNKNOWN
    return f"${value:,.2f}" if value >= 0.1 or value == 0 else f"${value:.4f}"


def audit_table(audit: AuditFigures, words: TeacherWords) -> Table:
    """How good LLM, student and final labels are, and of which texts."""
    teacher, everything = audit.teacher.overall, f"all {texts(audit.n_texts)}"
    labelled = f"the {texts(teacher.n_population)} that it labelled"
    if teacher.n_population < audit.n_teacher_labels and audit.last_round is not None:
        labelled += f" up to round {audit.last_round}, of {audit.n_teacher_labels:,} by now"
    rows = [
        ("final labels", everything, audit.corpus),
        (words.name, labelled, audit.teacher),
        *(
            [(f"{words.name}, if it labelled every text", everything, audit.teacher_on_corpus)]
            if audit.has_teacher_on_rest
            else []
        ),
        ("student", everything, audit.student),
    ]
    of_stars = [STARS_OFF] if audit.are_ratings else []
    return Table(
        ["whose", "of which texts", "right", "95 % sure", *of_stars, "audited texts", "remark"],
        [_audit_row(name, whose, found, audit.are_ratings) for name, whose, found in rows],
    )


def _audit_row(name: str, whose: str, found: MeasuredAccuracy, are_ratings: bool) -> list[str]:
    right, around, n_audited = _estimated(found.overall)
    apart = UNKNOWN if found.stars_apart is None else f"{found.stars_apart:.2f}"
    return [name, whose, right, around, *([apart] if are_ratings else []), n_audited, found.overall.reason]


def audit_class_table(audit: AuditFigures, words: TeacherWords) -> Table:
    """The same by class; empty while nothing is known of any."""
    by_class = [measured.by_class for measured in (audit.corpus, audit.teacher, audit.student)]
    if not any(found.share is not None for classes in by_class for found in classes.values()):
        return Table([], [])
    return Table(
        ["people's label", "final labels right", f"{words.name} right", "student right"],
        [[label, *(_in_a_cell(classes[label]) for classes in by_class)] for label in audit.corpus.by_class],
    )


def audit_question_table(audit: AuditFigures, words: TeacherWords) -> Table:
    """The same by question; empty where one is asked."""
    rows = [
        [found.name, *(_in_a_cell(by.overall) for by in (found.corpus, found.teacher, found.student))]
        for found in audit.by_question
    ]
    return Table(["question", "final labels right", f"{words.name} right", "student right"] if rows else [], rows)


def class_share_table(audit: AuditFigures) -> Table:
    """How frequent each class is; empty while nothing is known of any."""
    if not any(found.share is not None for found in audit.class_shares.values()):
        return Table([], [])
    return Table(
        ["class", f"share of all {texts(audit.n_texts)}", "95 % sure", "audited texts"],
        [[label, *_estimated(found)] for label, found in audit.class_shares.items()],
    )


def _estimated(found: Estimate) -> list[str]:
    around = "all were looked at" if found.is_census else interval(found.interval)
    return [share(found.share), around, f"{found.n_labels:,}"]


def _in_a_cell(found: Estimate) -> str:
    if found.share is None:
        return f"{found.n_labels:,} audited"
    around = "all were looked at" if found.is_census else interval(found.interval)
    return f"{share(found.share)} ({around}, {found.n_labels:,} audited)"


def source_table(sources: LabelSources, words: TeacherWords) -> Table:
    """Whose label each text has."""
    rows = [
        ("people", sources.n_gold),
        (words.name, sources.n_teacher),
        ("student", sources.n_student),
        ("nobody", sources.n_none),
    ]
    return Table(
        ["label of", "texts", "share"],
        [[name, f"{n:,}", ratio(n, sources.n_texts)] for name, n in rows],
    )


def money_table(teacher: TeacherFigures, money: MoneyFigures, words: TeacherWords) -> Table:
    """What the LLM has cost, and would have cost."""
    limit = f" of at most {dollars(teacher.max_cost_usd)}"
    n_answered = teacher.n_labels + teacher.n_no_label
    answered = [[f"texts that the {words.name} was asked about", f"{n_answered:,} of {money.n_texts:,}"]]
    if money.n_asked != n_answered and (words.is_llm or money.n_asked):
        answered.append(["texts that an LLM answered for this project", f"{money.n_asked:,}"])
    return Table(
        ["money", ""],
        [
            ["spent", dollars(money.spent_usd) + limit],
            ["calls", f"{teacher.n_calls:,} of at most {teacher.max_calls:,}"],
            ["tokens", f"{teacher.n_tokens:,}" + (f" of at most {teacher.max_tokens:,}" if teacher.max_tokens else "")],
            *answered,
            ["a text", dollars(money.usd_per_text)],
            ["all texts", dollars(money.everything_usd)],
            ["saved", dollars(money.saved_usd)],
        ],
    )


def round_table(rounds: Sequence[RoundFigures], words: TeacherWords) -> Table:
    """One row a round."""
    header = ["round", "kind", "labels", "people's", "looked at", "asked about", f"same as the {words.name}"]
    header += ["same as people", "sureness off by", "training"]
    return Table(header, [_round_row(round_) for round_ in rounds])


def _round_row(round_: RoundFigures) -> list[str]:
    before, after = round_.calibration_error_before, round_.calibration_error_after
    is_enough = share_of(0, round_.n_judged) is not None
    return [
        str(round_.number),
        round_.kind,
        f"{round_.n_labels:,}",
        f"{round_.n_gold:,}",
        f"{round_.n_looked_at:,}" if round_.n_looked_at else UNKNOWN,
        share(round_.share_asked if share_of(0, round_.n_looked_at) is not None else None),
        share(round_.agreement if is_enough else None),
        f"{round_.n_gold_right:,} of {round_.n_gold_checked:,}" if round_.n_gold_checked else UNKNOWN,
        UNKNOWN if before is None or after is None else f"{before:.3f} → {after:.3f}",
        UNKNOWN if round_.training_s is None else f"{round_.training_s:.1f} s",
    ]


def corrected_table(corrected: Sequence[CorrectedClassFigures], words: TeacherWords) -> Table:
    """What people change into what; no text of a task, so that a report may be sent around."""
    return Table(
        [f"{words.name}'s label", "people's label", "changed", "of the checked"],
        [
            [pair.teacher_label, pair.gold_label, f"{pair.n_corrected:,}", f"{pair.n_checked:,}"]
            for pair in corrected[:SHOWN_CORRECTIONS]
        ],
    )


def warning_table(warnings: Sequence[ProjectWarning], words: TeacherWords) -> Table:
    """What is seen, and what helps."""
    return Table(
        ["level", "warning", "remedy"],
        [[warning.level, words.say(warning.message), words.say(warning.remedy)] for warning in warnings],
    )
