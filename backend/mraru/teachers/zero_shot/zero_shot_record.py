"""What the built-in zero-shot teacher was measured at, and on what it fails: said wherever it is offered.

By `mraru benchmark zero-shot trec banking77 ag-news bbc-news --data FOLDER`, with the default embedding model.
"""

from __future__ import annotations

from dataclasses import dataclass

PEOPLE_FIRST = 12  # of its labels are to be audited before anybody relies on it
ADVICE = (
    "Before you rely on its labels, have people check some of them: once the first round is over, label tasks in the "
    "Data Manager's tab 'Audit sample', from its top, until the project's page asks for no more."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredOn:
    """A public data set."""

    title: str
    n_classes: int
    right: float  # share of all texts
    worst_class: str
    worst_right: float  # share of that class's texts


RECORD = (
    MeasuredOn(title="TREC", n_classes=6, right=0.19, worst_class="number", worst_right=0.02),
    MeasuredOn(title="BANKING77", n_classes=77, right=0.59, worst_class="exchange_via_app", worst_right=0.05),
    MeasuredOn(title="AG News", n_classes=4, right=0.69, worst_class="Sci/Tech", worst_right=0.43),
    MeasuredOn(title="BBC News", n_classes=5, right=0.85, worst_class="tech", worst_right=0.60),
)


def describe_range() -> str:
    """How often it was right, in half a sentence.

    >>> describe_range()
    'right on 19 to 85 % of the texts of four public data sets'
    """
    shares = sorted(measured.right for measured in RECORD)
    return f"right on {100 * shares[0]:.0f} to {100 * shares[-1]:.0f} % of the texts of four public data sets"


def describe_record() -> str:
    """How often it was right, and on what it fails, in two sentences.

    >>> describe_record().split(". ")[0]
    'It was right on 19 to 85 % of the texts of four public data sets: TREC 19 %, BANKING77 59 %, AG News 69 %, \
BBC News 85 %'
    """
    by_accuracy = sorted(RECORD, key=lambda measured: measured.right)
    worst, best = by_accuracy[0], by_accuracy[-1]
    listed = ", ".join(f"{measured.title} {100 * measured.right:.0f} %" for measured in by_accuracy)
    return (
        f"It was {describe_range()}: {listed}. It knows nothing of a label but its name, and fails where the name does "
        f"not say what the texts are about: of {worst.title}'s questions for a {worst.worst_class} it got "
        f"{100 * worst.worst_right:.0f} % right, and even of {best.title}'s class '{best.worst_class}' only "
        f"{100 * best.worst_right:.0f} %."
    )
