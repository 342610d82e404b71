"""`mraru ledger export`: every call, for spreadsheets and scripts. No texts, no raw answers, no keys."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import TextIO

from mraru.bootstrap import Services
from mraru.cli.money_commands import ExportFormat
from mraru.errors import SettingsError
from mraru.store.ledger_lines import LedgerLine

_COLUMNS = [field.name for field in fields(LedgerLine)]
_FORMULA = re.compile(r"^[=+\-@\t\r\n]")  # how a spreadsheet tells that a cell is to be calculated


def export_ledger(services: Services, project_id: int | None, format_: ExportFormat, output: Path | None) -> None:
    """Write the calls of one project or (None) of all, oldest first, to a file or to standard output.

    Raises:
        SettingsError: there is no store, or the file cannot be written.
    """
    if not services.has_store:
        raise SettingsError(f"MODEL_DIR: no store in {services.settings.model_dir}, so there is no ledger to export")
    lines = services.store.ledger_lines.list_all(project_id)
    with _open(output) as stream:
        if format_ is ExportFormat.CSV:
            write_csv(lines, stream)
        else:
            write_json_lines(lines, stream)


def write_csv(lines: Iterable[LedgerLine], stream: TextIO) -> None:
    """A header, then a row for each call; nothing in it is a formula to a spreadsheet."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for line in lines:
        writer.writerow(make_cell_safe(_as_cell(value)) for value in asdict(line).values())


def write_json_lines(lines: Iterable[LedgerLine], stream: TextIO) -> None:
    """One JSON object a call."""
    for line in lines:
        stream.write(json.dumps(asdict(line), ensure_ascii=False) + "\n")


def make_cell_safe(cell: str) -> str:
    """A cell that no spreadsheet calculates: an apostrophe goes before what would begin a formula.

    >>> make_cell_safe("=1+1"), make_cell_safe("a=b"), make_cell_safe("-")
    ("'=1+1", 'a=b', "'-")
    """
    return f"'{cell}" if _FORMULA.match(cell.lstrip(" ")) else cell


def _as_cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)


@contextmanager
def _open(output: Path | None) -> Iterator[TextIO]:
    if output is None:
        yield sys.stdout
        return
    try:
        with output.open("w", encoding="utf-8", newline="") as stream:
            yield stream
    except OSError as exc:
        raise SettingsError(f"--output: {output} cannot be written: {exc.strerror}") from exc
