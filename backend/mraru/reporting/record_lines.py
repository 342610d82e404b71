"""Records as lines of a file: CSV for spreadsheets, JSON Lines for scripts; one at a time, however many there are."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_FORMULA = re.compile(r"^[=+\-@\t\r\n＝＋－＠]")  # how spreadsheets tell a formula; some read full-width signs too


def csv_lines(kind: type[DataclassInstance], records: Iterable[DataclassInstance]) -> Iterator[str]:
    """A header, then a row for each record; nothing in it is a formula to a spreadsheet.

    Args:
        kind: the class of the records, whose fields are the columns.
    """
    yield _csv_row([field.name for field in fields(kind)])
    for record in records:
        yield _csv_row([make_cell_safe(_as_cell(value)) for value in asdict(record).values()])


def json_lines(records: Iterable[DataclassInstance]) -> Iterator[str]:
    """One JSON object a record."""
    for record in records:
        yield json.dumps(asdict(record), ensure_ascii=False) + "\n"


def make_cell_safe(cell: str) -> str:
    """A cell that no spreadsheet calculates: an apostrophe goes before what would begin a formula.

    >>> make_cell_safe("=1+1"), make_cell_safe("a=b"), make_cell_safe("-")
    ("'=1+1", 'a=b', "'-")
    """
    return f"'{cell}" if _FORMULA.match(cell.lstrip(" \u3000")) else cell


def _csv_row(cells: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()


def _as_cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
