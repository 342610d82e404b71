"""How a project's row holds what people chose of its label config."""

from __future__ import annotations

import json

from mraru.schema_records import ConfigSelection


def to_columns(selection: ConfigSelection) -> dict[str, str | None]:
    """The columns of `projects` and their values."""
    return {"only_control": selection.only, "read_texts": json.dumps(selection.texts)}


def read_selection(values: dict[str, object]) -> ConfigSelection:
    """Take these columns out of a row and read them.

    >>> read_selection({"title": "Reviews", "only_control": None, "read_texts": '["question"]'})
    ConfigSelection(only=None, texts=('question',))
    """
    only, texts = values.pop("only_control"), json.loads(str(values.pop("read_texts")))
    return ConfigSelection(only=None if only is None else str(only), texts=tuple(texts))
