"""The files of a measurement: figures as JSON, and the page as Markdown and HTML."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from mraru.benchmark.core.data_sets import DataSet
from mraru.benchmark.core.whole_files import write_whole
from mraru.pages import Page, to_html, to_markdown

LIBRARIES = ("label-studio-mraru", "numpy", "scikit-learn")


def write_page(folder: Path, name: str, page: Page, figures: Mapping[str, object]) -> None:
    """Write `name`.json, .md and .html, each whole or not at all."""
    write_whole(folder / f"{name}.json", json.dumps(figures, indent=1))
    write_whole(folder / f"{name}.md", to_markdown(page))
    write_whole(folder / f"{name}.html", to_html(page))


def describe_versions() -> str:
    """What figures depend on beside data and command."""
    return ", ".join(
        [*(f"{library} {version(library)}" for library in LIBRARIES), f"Python {platform.python_version()}."]
    )


def describe_data(data_sets: Sequence[DataSet], model: str) -> str:
    """Sizes, and the model that embedded the texts."""
    sizes = ", ".join(
        f"{found.name}: {len(found.y):,} texts to choose from, {len(found.y_test):,} held out, "
        f"{len(found.classes)} classes"
        for found in data_sets
    )
    return f"Data: {sizes}. Embeddings: {model}."
