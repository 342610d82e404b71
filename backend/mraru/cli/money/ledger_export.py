"""`mraru ledger export`: every call, for spreadsheets and scripts. No texts, no raw answers, no keys."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from mraru.bootstrap import Services
from mraru.cli.money.export_format import ExportFormat
from mraru.errors import SettingsError
from mraru.reporting.record_lines import csv_lines, json_lines
from mraru.store.ledger.ledger_lines import LedgerLine


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
    stream.writelines(csv_lines(LedgerLine, lines))


def write_json_lines(lines: Iterable[LedgerLine], stream: TextIO) -> None:
    """One JSON object a call."""
    stream.writelines(json_lines(lines))


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
