from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.blobs import BlobEmbedder, theme_texts
from mraru.benchmark.core.data_sets import as_data_set, hold_out, load_texts
from mraru.errors import BenchmarkError

WriteCsv = Callable[..., Path]


@pytest.fixture
def write_csv(tmp_path: Path) -> WriteCsv:
    def write(name: str, n_texts: int = 60, header: str = "text,label", themes: tuple[str, ...] = ("a", "b")) -> Path:
        texts, labels = theme_texts(n_texts, themes)
        lines = [f"{text},{label}" for text, label in zip(texts, labels, strict=True)]
        path = tmp_path / name
        path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
        return path

    return write


def test_a_data_set_with_a_test_split_keeps_it(tmp_path: Path, write_csv: WriteCsv) -> None:
    write_csv("trec-train.csv", 60)
    write_csv("trec-test.csv", 10)

    found = load_texts("trec", tmp_path, {})

    assert (found.name, len(found.texts), len(found.test_texts)) == ("trec", 60, 10)


def test_one_without_gives_up_a_fifth_that_is_always_the_same(tmp_path: Path, write_csv: WriteCsv) -> None:
    path = write_csv("ag-news.csv", 100)

    by_name, by_path = load_texts("ag-news", tmp_path, {}), load_texts(str(path), None, {})

    assert (len(by_name.texts), len(by_name.test_texts)) == (80, 20)
    assert by_name == by_path
    assert not set(by_name.texts) & set(by_name.test_texts)
    assert all(text.startswith(label) for text, label in zip(by_name.texts, by_name.labels, strict=True))


def test_a_data_set_of_an_installed_package_needs_no_folder() -> None:
    found = load_texts("bbc-news", None, {"bbc-news": lambda: theme_texts(100)})

    assert len(found.texts) == 80


def test_rows_without_text_or_label_are_left_out(tmp_path: Path, write_csv: WriteCsv) -> None:
    path = write_csv("mine.csv", 60)
    path.write_text(path.read_text() + "   ,a\nno label,\n", encoding="utf-8")

    found = load_texts(str(path), None, {})

    assert len(found.texts) + len(found.test_texts) == 60


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda write: write("x.csv", header="body,label"), "must have the columns text and label"),
        (lambda write: write("x.csv", n_texts=20), "20 labelled texts: at least 50"),
        (lambda write: write("x.csv", themes=("a",)), "at least two classes"),
        (lambda write: write("x.csv").with_name("y.csv"), "There is no file"),
        (lambda write: write("x.csv").parent / "trec", "--data FOLDER"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_reason(
    write_csv: WriteCsv, make: Callable[[WriteCsv], Path], message: str
) -> None:
    with pytest.raises(BenchmarkError, match=message):
        load_texts(str(make(write_csv)), None, {})


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "binary.csv"
    path.write_bytes(b"\xff\xfe\x00text,label")

    with pytest.raises(BenchmarkError, match="save it as CSV in UTF-8"):
        load_texts(str(path), None, {})


def test_both_parts_are_embedded_in_order() -> None:
    embedder = BlobEmbedder()
    labelled = hold_out("blobs", *theme_texts(60))

    data_set = as_data_set(labelled, embedder.embed)

    assert embedder.embedded == [*labelled.texts, *labelled.test_texts]
    assert data_set.X.shape == (48, 8)
    assert data_set.y.tolist() == list(labelled.labels)
    assert data_set.classes == ["food", "sport", "tech"]
