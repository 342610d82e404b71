"""What `mraru demo` prints of its rounds."""

from __future__ import annotations

from io import StringIO
from typing import Any

from rich.console import Console

from mraru.cli.demo_display import describe_round, print_summary

ROUND = {
    "number": 2,
    "kind": "mraru",
    "n_visited": 50,
    "n_accepted": 25,
    "acceptance_rate": 0.5,
    "n_labels": 33,
    "n_gold": 0,
    "agreement": 0.76,
}
SUMMARY: dict[str, Any] = {
    "title": "mine",
    "reason": "10 rounds done",
    "n_predictions": 60,
    "n_texts": 60,
    "served_version": "mraru-logreg-r002",
    "teacher": {"name": "built-in zero-shot (no LLM)", "n_labels": 33, "n_calls": 33, "cost_usd": 0.0},
    "warnings": [{"level": "error", "message": "The teacher is weak.", "remedy": "Take another."}],
}


def test_an_agreement_says_whose_it_is() -> None:
    """Next to a teacher that is often wrong, a bare share would look like how often something is right."""
    assert describe_round(ROUND, SUMMARY) == (
        "round   2 M-RARU: visited 50, accepted 25 (50%); 33 labels; student and teacher agree on 76%; spent $0.0000"
    )


def test_the_summary_shows_warnings_with_their_level_and_remedy() -> None:
    console = Console(file=StringIO(), width=100)
    print_summary(console, SUMMARY, 0.5)
    assert "error: The teacher is weak. Take another." in console.file.getvalue()  # type: ignore[attr-defined]
