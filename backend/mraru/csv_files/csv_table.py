"""The rows of a CSV file with a header."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mraru.csv_files.csv_encoding import decode
from mraru.errors import CsvUnreadable

QUOTED = re.compile(r'"[^"]*"')


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvTable:
    """Columns and rows, each row as wide as the header."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str | None  # a sentence on the encoding, if it is not UTF-8

    def __contains__(self, column: str) -> bool:
        return column in self.columns

    def read_column(self, column: str) -> tuple[str, ...]:
        """The values of a column, row by row.

        Raises:
            CsvUnreadable: there is no such column, or several; says which there are.
        """
        if column not in self.columns:
            raise CsvUnreadable(f"it has no column '{column}', but: {', '.join(self.columns) or 'no header'}")
        if self.columns.count(column) > 1:
            raise CsvUnreadable(f"{self.columns.count(column)} of its columns are called '{column}': rename the others")
        place = self.columns.index(column)
        return tuple(row[place] for row in self.rows)


def read_csv_table(path: Path) -> CsvTable:
    """Read a CSV file with a header: commas, semicolons or tabs, whichever the header has most of.

    Rows without any value are left out. What is missing at the end of a row is "".

    Raises:
        CsvUnreadable: it is no file, in no known encoding, or no CSV, with the number of the line; says what to do.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as exc:
        raise CsvUnreadable("there is no such file") from exc
    except OSError as exc:
        raise CsvUnreadable(f"it cannot be read: {exc.strerror}") from exc
    text, note = decode(content)
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))  # a text may have any length
    records = _parse(text, _find_separator(path, text))
    columns = tuple(name.strip() for name in next(records, (0, []))[1])
    rows = tuple(_fit(row, len(columns), line) for line, row in records if any(value.strip() for value in row))
    return CsvTable(columns=columns, rows=rows, note=note)


def _find_separator(path: Path, text: str) -> str:
    """The most frequent one of the header, as Label Studio finds it; the comma where none is.

    >>> _find_separator(Path("a.csv"), '"a;b;c",d'), _find_separator(Path("a.csv"), "a;b,c;d")
    (',', ';')
    """
    if path.suffix.lower() == ".tsv":
        return "\t"
    header = QUOTED.sub("", next((line for line in io.StringIO(text, newline=None) if line.strip()), ""))
    return max((",", ";", "\t"), key=header.count)


def _parse(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Each record that is no empty line, and the line that it begins in.

    Raises:
        CsvUnreadable: a quote is not closed, or something stands after one that is.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begins = 1
    while True:
        try:
            record = next(reader, None)
        except csv.Error as exc:
            raise CsvUnreadable(_describe(exc, begins, reader.line_num)) from exc
        if record is None:
            return
        if record:
            yield begins, record
        begins = reader.line_num + 1


def _describe(error: csv.Error, begins: int, ends: int) -> str:
    where = f"the row that begins in line {begins}"
    if "unexpected end" in str(error):
        return f'a quote (") in {where} is never closed: close it, or write a quote inside a text twice ("")'
    return f'{where} is no CSV in line {ends}, {error}: a quote (") inside a text is written twice ("")'


def _fit(row: Sequence[str], width: int, line: int) -> tuple[str, ...]:
    """The row as wide as the header.

    Raises:
        CsvUnreadable: it has more values.
    """
    if any(value.strip() for value in row[width:]):
        raise CsvUnreadable(
            f"the row that begins in line {line} has {len(row)} values, and the header {width}: put texts with "
            'separators in quotes (")'
        )
    return tuple(row[:width]) + ("",) * (width - len(row))
