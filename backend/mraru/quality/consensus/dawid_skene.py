"""What several teachers say together: Dawid-Skene over their votes, and how right each is by it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence

from mraru.records import Vote

LEAST_TEACHERS = 3  # where two differ, nothing in their votes says which of them is right
MAX_ITERATIONS = 100
TOLERANCE = 1e-5  # of the likelihood, as crowd-kit's default
LEAST_PROBABILITY = 1e-10  # as crowd-kit clips

Votes = Mapping[str, Sequence[Vote]]  # by text hash
Posterior = dict[str, float]  # probability by label, sums to 1


def count_overlap(votes: Votes) -> int:
    """Texts on which enough teachers named a label to judge the teachers by each other.

    >>> said = [Vote(teacher=name, label="x") for name in "abc"]
    >>> count_overlap({"t1": said, "t2": said[:2], "t3": [*said[:2], Vote(teacher="c", label=None)]})
    1
    """
    return sum(sum(vote.label is not None for vote in said) >= LEAST_TEACHERS for said in votes.values())


def agreeing_share(label: str | None, said: Sequence[Vote]) -> float:
    """The share of the teachers that say what became the label; one that named none does not.

    >>> agreeing_share("x", [Vote(teacher="a", label="x"), Vote(teacher="b", label="y")]), agreeing_share("x", [])
    (0.5, 1.0)
    """
    return sum(vote.label == label for vote in said) / len(said) if said else 1.0


def fit_dawid_skene(votes: Votes, gold: Mapping[str, str], labels: Sequence[str]) -> dict[str, Posterior]:
    """How likely each label is on each text, given who says what and how each teacher errs.

    How each teacher errs, class by class, is learned from where they agree and from what people said. A text that
    people labelled teaches that, but its own posterior comes of the votes alone: so teachers can still be compared
    with people.

    A. P. Dawid and A. M. Skene, "Maximum Likelihood Estimation of Observer Error-Rates Using the EM Algorithm",
    Applied Statistics 28 (1979), as in crowd-kit, from majority votes on: nothing in it is random.

    Args:
        votes: those for other labels than `labels` do not count.
        gold: people's labels by text hash, of whatever texts.
        labels: of the project; the order of each posterior.

    Returns:
        By text hash; texts on which no vote counts are left out.
    """
    # Imported here: pandas takes seconds, and most projects have one teacher.
    import pandas as pd
    from crowdkit.aggregation.classification.dawid_skene import DawidSkene

    known = set(labels)
    counted = {
        text: [(vote.teacher, vote.label) for vote in votes[text] if vote.label in known] for text in sorted(votes)
    }
    counted = {text: said for text, said in counted.items() if said}
    named = {label for said in counted.values() for _, label in said}
    # Where people gave a label that no teacher ever named, there is no class for it: such a text teaches nothing.
    taught = {text: said for text, said in counted.items() if text not in gold or gold[text] in named}
    if not taught:
        return {}
    rows = [(text, teacher, label) for text, said in taught.items() for teacher, label in said]
    true_labels = {text: gold[text] for text in taught if text in gold}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # crowd-kit 1.4 calls pandas 3 as pandas 2 wanted it
        fitted = DawidSkene(n_iter=MAX_ITERATIONS, tol=TOLERANCE).fit(
            pd.DataFrame(rows, columns=["task", "worker", "label"]),
            pd.Series(true_labels, dtype=object) if true_labels else None,
        )
    assert fitted.priors_ is not None  # set by `fit`
    assert fitted.errors_ is not None
    priors = {str(label): float(prior) for label, prior in fitted.priors_.items()}
    errors = {key: dict(row) for key, row in fitted.errors_.to_dict("index").items()}
    return {text: _posterior(said, priors, errors, labels) for text, said in counted.items()}


def _posterior(
    said: Sequence[tuple[str, str | None]],
    priors: Mapping[str, float],
    errors: Mapping[tuple[str, str | None], Mapping[str, float]],
    labels: Sequence[str],
) -> Posterior:
    """The E-step of one text; `errors[teacher, said][truth]` is how often a teacher says so where that is true."""
    logs = {
        label: math.log(max(prior, LEAST_PROBABILITY))
        + sum(math.log(max(errors[vote][label], LEAST_PROBABILITY)) for vote in said if vote in errors)
        for label, prior in priors.items()
    }
    highest = max(logs.values())
    weights = {label: math.exp(logs[label] - highest) if label in logs else 0.0 for label in labels}
    total = sum(weights.values())
    return {label: weight / total for label, weight in weights.items()}
