from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from mraru.csv_files.csv_table import CsvTable, read_csv_table
from mraru.errors import CsvUnreadable

ROWS = 'id{0}what\n1{0}Déjà vu\n2{0}"one{0} two"\n'


def read(folder: Path, content: bytes | str, name: str = "a.csv") -> CsvTable:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_csv_table(path)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1"]
)
def test_separators_and_encodings_are_found(tmp_path: Path, separator: str, line_end: str, encoding: str) -> None:
    table = read(tmp_path, ROWS.format(separator).replace("\n", line_end).encode(encoding))
    assert (table.columns, table.rows) == (("id", "what"), (("1", "Déjà vu"), ("2", f"one{separator} two")))
    assert (table.note is None) == encoding.startswith("utf-8")


def test_utf_16_of_either_order_is_told_by_its_mark(tmp_path: Path) -> None:
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        table = read(tmp_path, mark + "text\n日本語\n".encode(encoding))
        assert (table.read_column("text"), table.note) == (("日本語",), "It is read as UTF-16.")


def test_bytes_that_windows_1252_has_not_make_it_latin_1(tmp_path: Path) -> None:
    table = read(tmp_path, "text\nun été\x81 chaud\n".encode("latin-1"))
    assert table.read_column("text") == ("un été\x81 chaud",)
    assert table.note is not None
    assert "Latin-1, with words such as 'été'" in table.note


def test_a_tsv_file_is_of_tabs_whatever_its_header_says(tmp_path: Path) -> None:
    assert read(tmp_path, "a, b\nx, y\n", "a.tsv").columns == ("a, b",)
    assert read(tmp_path, "a\tb,c\n1\t2\n", "a.tsv").rows == (("1", "2"),)


def test_blank_lines_blank_ends_and_short_rows_lose_nothing(tmp_path: Path) -> None:
    table = read(tmp_path, '\n a ,b\n\n1,2,,\n3\n,\n"x\n\ny",NA\n')
    assert table.columns == ("a", "b")
    assert table.rows == (("1", "2"), ("3", ""), ("x\n\ny", "NA"))


def test_a_text_may_be_longer_than_the_csv_modules_limit(tmp_path: Path) -> None:
    assert read(tmp_path, "text\n" + "x" * 200_000).rows == (("x" * 200_000,),)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('a,b\n1,2\n"x\ny",2\n"3,4\n5,6\n', r'a quote \("\) in the row that begins in line 5 is never closed'),
        ('a,b\n"1,2\n"3",4\n', "the row that begins in line 2 is no CSV in line 3"),
        ('a,b\n"He said "hi" twice",2\n', 'the row that begins in line 2 .* is written twice \\(""\\)'),
        ("a,b\n1,2\none, two,3\n", "the row that begins in line 3 has 3 values, and the header 2"),
        ("a\nдень\n".encode() + b"\xff\n", "it is UTF-8, but for what stands in line 3"),
        ("текст\nпривет мир\n".encode("cp1251"), "nor in a Western European encoding"),
        (b"PK\x03\x04\x00\x00\x00\x00" * 9, "it is no text"),
        (codecs.BOM_UTF16_LE + b"a", "it looks like UTF-16 and is not"),
    ],
)
def test_what_cannot_be_read_is_an_error_with_its_line(tmp_path: Path, content: bytes | str, complaint: str) -> None:
    with pytest.raises(CsvUnreadable, match=complaint):
        read(tmp_path, content)


def test_a_column_that_is_missing_or_there_twice_is_an_error(tmp_path: Path) -> None:
    table = read(tmp_path, "id,text,id\n1,x,2\n")
    assert table.read_column("text") == ("x",)
    with pytest.raises(CsvUnreadable, match="2 of its columns are called 'id'"):
        table.read_column("id")
    with pytest.raises(CsvUnreadable, match="no column 'body', but: id, text, id"):
        table.read_column("body")
    with pytest.raises(CsvUnreadable, match="no column 'body', but: no header"):
        read(tmp_path, "").read_column("body")


def test_a_missing_file_and_a_folder_are_errors(tmp_path: Path) -> None:
    with pytest.raises(CsvUnreadable, match="no such file"):
        read_csv_table(tmp_path / "missing.csv")
    with pytest.raises(CsvUnreadable, match="cannot be read: Is a directory"):
        read_csv_table(tmp_path)
