from __future__ import annotations

import pytest

from mraru.reporting.record_lines import make_cell_safe


@pytest.mark.parametrize("sign", "=+-@＝＋－＠\t\r\n")
@pytest.mark.parametrize("before", ["", " ", "　"])
def test_no_cell_begins_as_a_formula(sign: str, before: str) -> None:
    assert make_cell_safe(f"{before}{sign}SUM(A1)") == f"'{before}{sign}SUM(A1)"


@pytest.mark.parametrize("cell", ["", "a=b", "1-2", "text", "' =x"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert make_cell_safe(cell) == cell
