"""What a project's caps leave unlabelled where it has many labels, said before the first call."""

from __future__ import annotations

from collections.abc import Sequence

from mraru.bootstrap.teaching.llm_factory import shows_shortlist
from mraru.budget_records import Budget, Spending
from mraru.quantities import spell_quantity
from mraru.schema_records import LabelSchema
from mraru.settings import Settings
from mraru.teachers.prices.cost_estimate import CallEstimate, plan_calls

MANY = 20  # labels: of fewer nothing is said
ENOUGH_PER_LABEL = 10  # texts that the LLM labels: from so many on nothing is said
SEEDED_PER_LABEL = 1.5  # texts until each label of BANKING77 had one: `mraru benchmark seeding banking77`
ANY_NUMBER = 1_000_000_000  # texts: a project's may be more by tomorrow


def describe_label_room(
    project_id: int,
    n_labels: int,
    seeding_limit: int,
    per_text: CallEstimate,
    caps: Sequence[tuple[str, Budget, Spending]],
) -> list[str]:
    """What the caps and the limit of seeding leave of the labels; nothing where there is room for all.

    Args:
        seeding_limit: texts.
        per_text: what an average text takes.
        caps: as of `plan_calls`.

    >>> per_text = CallEstimate(prompt_tokens=500, answer_tokens=10, cost_usd=0.001)
    >>> caps = [("MRARU_MAX", Budget(max_calls=250, max_cost_usd=5.0), Spending(n_calls=0, cost_usd=0.0))]
    >>> for line in describe_label_room(7, 150, 450, per_text, caps):
    ...     print(line)
    150 labels, and room for about 250 texts (MRARU_MAX_CALLS): 1.7 for each label, so some labels will be learned \
from one text or two, rare ones from none. 10 for each take about 1,500 calls and $1.50: `mraru set 7 max_calls 1500`.
    """
    if n_labels < MANY:
        return []
    plan = plan_calls(ANY_NUMBER, per_text, caps)
    wanted = ENOUGH_PER_LABEL * n_labels
    lines = []
    if plan.n_texts < wanted:
        n_calls, cost_usd = round(wanted * per_text.n_calls), wanted * per_text.cost_usd
        lines.append(
            f"{n_labels} labels, and room for about {spell_quantity(plan.n_texts, 'text')} ({plan.limit}): "
            f"{_describe_share(plan.n_texts, n_labels)}. {ENOUGH_PER_LABEL} for each take about "
            f"{spell_quantity(n_calls, 'call')} and ${cost_usd:.2f}"
            f"{_suggest(project_id, n_calls, cost_usd, caps)}."
        )
    if seeding_limit < SEEDED_PER_LABEL * n_labels:
        lines.append(
            f"Seeding asks about {spell_quantity(seeding_limit, 'text')} at most (MRARU_SEEDING_LIMIT) to find one of "
            f"each of {n_labels} labels: {_describe_missing(seeding_limit, n_labels)}. The student cannot name these "
            "until a later round or a person finds one. When it is not set, it is three for each label."
        )
    return lines


def describe_shortlists(settings: Settings, schema: LabelSchema) -> str | None:
    """How the LLM is asked where it is not shown all labels."""
    if not shows_shortlist(settings, schema):
        return None
    return (
        f"Of the {len(schema.choices)} labels, the LLM is shown the {settings.shortlist_size} nearest to a text "
        "(MRARU_SHORTLIST_SIZE) and, in a second call, the others if it finds none of these fitting."
    )


def _describe_share(n_texts: int, n_labels: int) -> str:
    if n_texts < n_labels:
        return f"at least {n_labels - n_texts} of the labels will not be found at all"
    if n_texts < 2 * n_labels:
        return (
            f"{n_texts / n_labels:.1f} for each label, so some labels will be learned from one text or two, rare "
            + ("ones from none")
        )
    return f"{n_texts / n_labels:.1f} for each label, fewer for rare ones"


def _describe_missing(limit: int, n_labels: int) -> str:
    if limit < n_labels:
        return f"at least {n_labels - limit} will not be found by it"
    return "some will hardly be found by it"


def _suggest(project_id: int, n_calls: int, cost_usd: float, caps: Sequence[tuple[str, Budget, Spending]]) -> str:
    """What to set for the project so that its own caps leave so much room."""
    own = caps[0][1]
    changes = []
    if own.max_calls is not None and own.max_calls < n_calls:
        changes.append(f"`mraru set {project_id} max_calls {n_calls}`")
    if own.max_cost_usd is not None and own.max_cost_usd < cost_usd:
        changes.append(f"`mraru set {project_id} max_cost_usd {cost_usd:.2f}`")
    return f": {' and '.join(changes)}" if changes else ""
