"""Two prompts on the same texts that people labelled: which of them is right more often, and is it chance?"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import blake2b

from scipy.stats import binomtest

SIGNIFICANT = 0.05  # p-values below this are hardly chance


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptComparison:
    """What came of a trial. A text for which a prompt brought no label counts as wrong for it."""

    n_texts: int  # that both prompts were asked about
    n_right_before: int
    n_right_after: int
    n_mended: int  # wrong before and right after
    n_broken: int  # right before and wrong after
    p_value: float  # of McNemar's exact test: how likely such a difference is if the prompts are equally good

    @property
    def is_better(self) -> bool:
        """Whether the new prompt was right more often; the old one is kept when both are equal."""
        return self.n_right_after > self.n_right_before


def compare_prompts(
    gold: Mapping[str, str], before: Mapping[str, str | None], after: Mapping[str, str | None]
) -> PromptComparison:
    """Compare what two prompts brought, on the texts that people labelled and both were asked about.

    McNemar, "Note on the Sampling Error of the Difference Between Correlated Proportions or Percentages",
    Psychometrika 12 (1947), in its exact form: of the texts on which one prompt alone is right, half would be the
    other's if both were equally good.

    >>> gold = {name: "x" for name in "abcdef"}
    >>> compared = compare_prompts(gold, dict.fromkeys("abcdef", "y"), dict.fromkeys("abcdef", "x"))
    >>> compared.n_right_before, compared.n_right_after, compared.n_mended, compared.p_value
    (0, 6, 6, 0.03125)
    """
    names = [name for name in gold if name in before and name in after]
    was_right = {name for name in names if before[name] == gold[name]}
    is_right = {name for name in names if after[name] == gold[name]}
    n_mended, n_broken = len(is_right - was_right), len(was_right - is_right)
    n_differing = n_mended + n_broken
    return PromptComparison(
        n_texts=len(names),
        n_right_before=len(was_right),
        n_right_after=len(is_right),
        n_mended=n_mended,
        n_broken=n_broken,
        p_value=float(binomtest(n_mended, n_differing).pvalue) if n_differing else 1.0,
    )


def choose_trial_texts(
    gold: Mapping[str, str],
    teacher: Mapping[str, str | None],
    *,
    concerned: Collection[str],
    shown: Collection[str],
    n_texts: int,
    seed: int,
) -> tuple[str, ...]:
    """Hashes of held-out texts: half of those whose label the change concerns, the rest from anywhere.

    So that a trial sees both whether the change helps where it was meant to and whether it harms elsewhere. Where
    one of the halves has too few, the other fills up.

    Args:
        gold: people's labels by text hash.
        teacher: the LLM's.
        concerned: labels that the change is about; a text is concerned if people or the LLM gave it one of them.
        shown: texts that the new prompt was made from: it would know them too well.
        n_texts: at most.
        seed: decides the order of the draws.

    >>> gold = {"a": "x", "b": "y", "c": "z", "d": "z"}
    >>> sorted(choose_trial_texts(gold, {"b": "x"}, concerned=["x"], shown=["a"], n_texts=2, seed=0))[0]
    'b'
    """
    held_out = sorted((name for name in gold if name not in shown), key=lambda name: _place(name, seed))
    near = [name for name in held_out if gold[name] in concerned or teacher.get(name) in concerned]
    elsewhere = [name for name in held_out if name not in near]
    n_near = (n_texts + 1) // 2
    return tuple([*near[:n_near], *elsewhere, *near[n_near:]][:n_texts])


def _place(name: str, seed: int) -> bytes:
    return blake2b(f"{seed}:{name}".encode(), digest_size=8).digest()
