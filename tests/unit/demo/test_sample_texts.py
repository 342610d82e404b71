from __future__ import annotations

import csv
from pathlib import Path
from xml.etree import ElementTree

import pytest

from mraru.demo.sample_texts import SampleTexts, load_bbc_news, load_csv
from mraru.errors import DemoError
from mraru.labelstudio.label_configs.label_config import parse_label_config


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.csv"
    path.write_text('\ufeffid,what,label\n1,"one, two",b\n2,"  ",a\n3,three,a\n', encoding="utf-8")
    return path


def test_the_first_texts_of_bbc_news_are_of_all_classes_with_their_labels() -> None:
    samples = load_bbc_news()
    assert len(samples.texts) == 2225
    assert samples.labels == ("business", "entertainment", "politics", "sports", "tech")
    first = samples.first(10)
    assert first.truth is not None
    assert (len(first.texts), len(first.truth), set(first.truth)) == (10, 10, set(samples.labels))


def test_labels_come_from_the_column_of_that_name_and_texts_that_are_blank_are_left_out(own: Path) -> None:
    samples = load_csv(own, "what", None)
    assert (samples.texts, samples.labels, samples.truth) == (("one, two", "three"), ("a", "b"), ("b", "a"))
    assert samples.title == "M-RARU demo: own"
    assert samples.notes == ("own.csv: 1 row without a text is left out.",)


def test_given_labels_beat_the_column_and_leave_no_truth_where_they_differ(own: Path) -> None:
    assert load_csv(own, "what", ("a", "b", "c")).truth == ("b", "a")
    samples = load_csv(own, "what", ("x", "y"))
    assert (samples.labels, samples.truth) == (("x", "y"), None)


@pytest.mark.parametrize(
    ("name", "column", "labels", "complaint"),
    [
        ("missing.csv", "what", ("a", "b"), r"--csv .*missing\.csv: there is no such file"),
        ("own.csv", None, ("a", "b"), "--csv needs --text COLUMN"),
        ("own.csv", "nowhere", ("a", "b"), "no column 'nowhere', but: id, what, label"),
        ("own.csv", "what", ("a",), "2 to 500 different labels, not 1"),
        ("own.csv", "what", ("a", "a"), "2 to 500 different labels, not 1"),
        ("own.csv", "what", ("a", "b", "a"), "or not at all: 'a', 'a'"),
        ("own.csv", "what", ("Spam", "ham", "spam"), "case alone, .* 'Spam', 'spam'"),
        ("own.csv", "what", ("a", "$5"), "cannot show the label '\\$5'"),
        ("own.csv", "what", ("a", "\x0c"), "cannot show the label ''"),
        ("own.csv", "what", ("a", "b\x01"), "cannot show the label 'b"),
        ("cased.csv", "what", None, "case alone, .* 'Spam', 'spam'"),
        ("header.csv", "what", ("a", "b"), "a header and no rows"),
        ("twice.csv", "what", ("a", "b"), "2 of its columns are called 'what'"),
        ("unclosed.csv", "what", ("a", "b"), "the row that begins in line 3 is never closed"),
        ("bare.csv", "what", None, "--labels a,b,c is needed: .* has no column 'label'"),
        ("empty.csv", "what", ("a", "b"), "no column 'what', but: no header"),
        ("textless.csv", "what", ("a", "b"), "the column 'what' of .* holds no text"),
        ("ragged.csv", "what", ("a", "b"), "begins in line 2 has 3 values, and the header 1"),
        ("folder.csv", "what", ("a", "b"), "cannot be read"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    own: Path, name: str, column: str | None, labels: tuple[str, ...] | None, complaint: str
) -> None:
    own.with_name("bare.csv").write_text("what\nx\n")
    own.with_name("empty.csv").touch()
    own.with_name("textless.csv").write_text("what,id\n,1\n")
    own.with_name("folder.csv").mkdir()
    own.with_name("cased.csv").write_text("what,label\nx,Spam\ny,ham\nz,spam\n")
    own.with_name("header.csv").write_text("what\n")
    own.with_name("twice.csv").write_text("what,what\n1,2\n")
    own.with_name("unclosed.csv").write_text('what,label\nx,a\n"y,b\nz,c\n')
    own.with_name("ragged.csv").write_text("id\n1,2,3\n")
    with pytest.raises(DemoError, match=complaint) as raised:
        load_csv(own.with_name(name), column, labels)
    assert "\n" not in str(raised.value)


def test_the_label_config_survives_awkward_labels() -> None:
    labels = ('a "quoted"', "b & <c>")
    config = SampleTexts(title="t", texts=("x",), labels=labels).label_config
    choices = ElementTree.fromstring(config).iter("Choice")
    assert tuple(choice.get("value") for choice in choices) == labels


def test_120_awkward_labels_of_a_file_are_read_and_survive_the_label_config(tmp_path: Path) -> None:
    named = [f"{number} <&>\"'\n  ü" for number in range(120)]
    with (tmp_path / "many.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("what", "label"), *((f"text {label}", f" {label} ") for label in named)])
    samples = load_csv(tmp_path / "many.csv", "what", None)
    labels = {f"{number} <&>\"' ü" for number in range(120)}
    assert samples.truth is not None
    assert (set(samples.labels), set(samples.truth), len(samples.texts)) == (labels, labels, 120)
    assert parse_label_config(samples.label_config).labels == samples.labels
    assert samples.texts[7] == f"text {named[7]}"


def test_what_was_read_otherwise_than_as_utf_8_is_said(tmp_path: Path) -> None:
    (tmp_path / "latin.csv").write_bytes("what;label\nDéjà vu;a\nfrais à 5 €;b\n".encode("cp1252"))
    samples = load_csv(tmp_path / "latin.csv", "what", None)
    assert samples.texts == ("Déjà vu", "frais à 5 €")
    assert samples.notes == (
        "latin.csv: It is no UTF-8, so it is read as Windows-1252, with words such as 'Déjà', 'à', '€': if they are "
        "wrong, save it as UTF-8.",
    )
