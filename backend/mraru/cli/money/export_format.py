"""How the ledger is written."""

from __future__ import annotations

from enum import StrEnum


class ExportFormat(StrEnum):
    CSV = "csv"  # for spreadsheets
    JSONL = "jsonl"  # an object a line
