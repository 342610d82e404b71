from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from mraru.demo.sample_texts import SampleTexts, load_bbc_news, load_csv
from mraru.errors import DemoError


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


def test_given_labels_beat_the_column_and_leave_no_truth_where_they_differ(own: Path) -> None:
    assert load_csv(own, "what", ("a", "b", "c")).truth == ("b", "a")
    samples = load_csv(own, "what", ("x", "y"))
    assert (samples.labels, samples.truth) == (("x", "y"), None)


@pytest.mark.parametrize(
    ("name", "column", "labels", "complaint"),
    [
        ("missing.csv", "what", ("a", "b"), r"--csv: there is no file .*missing\.csv"),
        ("own.csv", None, ("a", "b"), "--csv needs --text COLUMN"),
        ("own.csv", "nowhere", ("a", "b"), "no column 'nowhere', but: id, what, label"),
        ("own.csv", "what", ("a",), "2 to 100 different labels, not 1"),
        ("own.csv", "what", ("a", "a"), "2 to 100 different labels"),
        ("bare.csv", "what", None, "--labels a,b,c is needed: .* has no column 'label'"),
        ("empty.csv", "what", ("a", "b"), "no column 'what', but: no header"),
        ("textless.csv", "what", ("a", "b"), "the column 'what' of .* holds no text"),
        ("latin.csv", "what", ("a", "b"), "cannot be read as CSV in UTF-8"),
        ("ragged.csv", "what", ("a", "b"), "no column 'what', but: id"),
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
    own.with_name("latin.csv").write_bytes(b"what\n\xe9t\xe9\n")
    own.with_name("ragged.csv").write_text("id\n1,2,3\n")
    with pytest.raises(DemoError, match=complaint) as raised:
        load_csv(own.with_name(name), column, labels)
    assert "\n" not in str(raised.value)


def test_the_label_config_survives_awkward_labels() -> None:
    labels = ('a "quoted"', "b & <c>")
    config = SampleTexts(title="t", texts=("x",), labels=labels).label_config
    choices = ElementTree.fromstring(config).iter("Choice")
    assert tuple(choice.get("value") for choice in choices) == labels
