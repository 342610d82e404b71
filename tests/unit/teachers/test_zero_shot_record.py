"""What is said of the zero-shot teacher is what its table in the docs says."""

from __future__ import annotations

from pathlib import Path

import pytest

from mraru.teachers.zero_shot.zero_shot_record import RECORD, MeasuredOn, describe_record

DOCS = Path(__file__).parents[3] / "docs" / "results" / "zero-shot-teacher.md"


@pytest.mark.parametrize("measured", RECORD, ids=lambda measured: measured.title)
def test_the_docs_have_the_same_figures(measured: MeasuredOn) -> None:
    (row,) = [
        line
        for line in DOCS.read_text(encoding="utf-8").splitlines()
        if line.startswith(f"| {measured.title} | {measured.n_classes} | ")
    ]
    cells = [cell.strip() for cell in row.split("|")]
    assert f"{float(cells[4].removesuffix(' %')):.0f}" == f"{100 * measured.right:.0f}"
    assert f"{measured.worst_class} {100 * measured.worst_right:.0f} %" in cells[6]


def test_it_is_never_called_good() -> None:
    said = describe_record()
    assert "fails where the name does not say what the texts are about" in said
    assert "19 to 85 %" in said
