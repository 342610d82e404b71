"""What `mraru demo` prints of its rounds."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from mraru.cli.demonstration.demo_display import (
    RoundDisplay,
    describe_round,
    describe_state,
    name_command,
    print_summary,
)

ROUND = {
    "number": 2,
    "kind": "mraru",
    "n_visited": 60,
    "n_looked_at": 50,
    "n_accepted": 25,
    "acceptance_rate": 0.42,
    "share_asked": 0.5,
    "n_labels": 33,
    "n_gold": 0,
    "agreement": 0.76,
    "n_judged": 33,
}
SUMMARY: dict[str, Any] = {
    "title": "mine",
    "reason": "10 rounds done",
    "n_predictions": 60,
    "n_texts": 60,
    "served_version": "mraru-logreg-r002",
    "teacher": {"name": "built-in zero-shot (no LLM)", "n_labels": 33, "n_calls": 33, "cost_usd": 0.0}
    | {"n_no_label": 0, "n_texts_paid": 33},
    "warnings": [{"level": "error", "message": "The teacher is weak.", "remedy": "Take another."}],
}


def test_an_agreement_says_whose_it_is() -> None:
    """Next to a teacher that is often wrong, a bare share would look like how often something is right."""
    assert describe_round(ROUND, SUMMARY) == (
        "round   2 M-RARU: looked at 50 texts, asked about 25 (50%); 33 labels; student and teacher agree on 76%; "
        "spent $0.0000"
    )


def test_no_agreement_is_told_of_fewer_texts_than_the_dashboard_tells_it_of() -> None:
    assert "agree" not in describe_round({**ROUND, "n_judged": 9}, SUMMARY)


def test_the_command_is_named_so_that_a_shell_finds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, other = tmp_path / "ours", tmp_path / "other"
    for folder in (ours, other):
        folder.mkdir()
        (folder / "mraru").write_text("#!/bin/sh\n")
        (folder / "mraru").chmod(0o755)
    monkeypatch.setattr("sys.executable", str(ours / "python"))
    for path, named in ((ours, "mraru"), (other, str(ours / "mraru")), (tmp_path, str(ours / "mraru"))):
        monkeypatch.setenv("PATH", str(path))
        assert name_command() == named


def test_the_summary_shows_warnings_with_their_level_and_remedy() -> None:
    console = Console(file=StringIO(), width=100)
    print_summary(console, SUMMARY, 0.5)
    assert "error: The teacher is weak. Take another." in console.file.getvalue()  # type: ignore[attr-defined]


def print_with(**changes: object) -> str:
    console = Console(file=StringIO(), width=300)
    print_summary(
        console, {**SUMMARY, "n_predictions": 200, "n_texts": 198, "teacher": SUMMARY["teacher"] | changes}, None
    )
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_the_share_without_a_call_is_of_texts_and_counts_answers_that_were_there_already() -> None:
    printed = print_with(n_labels=196, n_no_label=2, n_calls=60, n_texts_paid=60)
    assert "labelled 196 of 198 texts with 60 calls for $0.0000: 70% of the texts took no call" in printed
    assert "138 texts had an answer that was there before" in printed


def test_where_no_answer_was_there_before_nothing_is_said_of_it() -> None:
    printed = print_with(n_labels=33, n_calls=66, n_texts_paid=33)  # of two LLMs
    assert "labelled 33 of 198 texts with 66 calls for $0.0000: 83% of the texts took no call" in printed
    assert "before" not in printed


def make_state(last: int, n_done: int) -> dict[str, Any]:
    """A backend's answer with the newest hundred rounds."""
    rounds = [
        {**ROUND, "number": number, "step": "done" if number <= n_done else "asking"}
        for number in range(max(1, last - 99), last + 1)
    ]
    state = {"state": "running", "phase": "asking", "n_done": 1, "n_total": 2, "n_tasks": 9, "n_embedded": 3}
    return {**SUMMARY, **state, "rounds": rounds, "n_rounds": last}


def test_each_round_is_printed_once_when_only_the_newest_are_told() -> None:
    console = Console(file=StringIO(), width=200)
    with RoundDisplay(console) as display:
        for last, n_done in ((99, 98), (100, 100), (103, 102), (104, 104)):
            display.show(make_state(last, n_done))
    printed = [line.split()[1] for line in console.file.getvalue().splitlines() if "M-RARU" in line]  # type: ignore[attr-defined]
    assert printed == [str(number) for number in range(1, 105)]


def test_the_round_under_way_has_its_number_when_only_the_newest_are_told() -> None:
    assert describe_state(make_state(150, 149)) == "round 150: asking"
    assert describe_state(make_state(150, 150)) == "round 151: asking"
