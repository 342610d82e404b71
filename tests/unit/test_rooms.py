"""The package as a house: rooms of a few files, names that say one thing each, a sign on every door."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

import mraru

PACKAGE = Path(mraru.__file__).parent
REPOSITORY = PACKAGE.parent.parent
ARCHITECTURE = REPOSITORY / "docs" / "architecture.md"
STARTS = (PACKAGE, REPOSITORY)  # of the paths that docs name
MOST_FILES = 15  # of one folder, beside its `__init__.py`
LONGEST_FILE = 350  # lines; 300 are meant


def is_ours(path: Path) -> bool:
    return "migrations" not in path.parts and "__pycache__" not in path.parts


MODULES = sorted(path for path in PACKAGE.rglob("*.py") if is_ours(path))
ROOMS = sorted({path.parent for path in MODULES})


def name_of(room: Path) -> str:
    return room.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("room", ROOMS, ids=name_of)
def test_a_room_has_few_files_and_says_what_lives_in_it(room: Path) -> None:
    files = [path for path in room.glob("*.py") if path.name != "__init__.py"]
    assert len(files) <= MOST_FILES
    sign = ast.get_docstring(ast.parse((room / "__init__.py").read_text())) or ""
    what, _, limits = sign.partition("\n\n")
    assert what.endswith((".", ":"))
    assert limits or room.name in ("pages", "studies")


def test_no_name_of_a_file_means_two_things() -> None:
    named = defaultdict(list)
    for path in MODULES:
        if path.name not in ("__init__.py", "__main__.py"):
            named[path.stem].append(path.relative_to(PACKAGE).as_posix())
    assert {stem: paths for stem, paths in named.items() if len(paths) > 1} == {}


def test_no_file_is_too_long_to_see_through() -> None:
    lengths = {path.relative_to(PACKAGE).as_posix(): len(path.read_text().splitlines()) for path in MODULES}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_signs_and_docs_name_files_that_are_there() -> None:
    stems = {path.stem for path in MODULES} | {room.name for room in ROOMS}
    gone = []
    for document in [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md")]:
        for named in re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.py)`", document.read_text()):
            if document.name != "CHANGELOG.md" and not any((start / named).exists() for start in STARTS):
                gone.append(f"{document.name}: {named}")
    for room in ROOMS:
        sign = ast.get_docstring(ast.parse((room / "__init__.py").read_text())) or ""
        for named in re.findall(r"[Ss]tart at `(\w+)`", sign):
            if named not in stems:
                gone.append(f"{name_of(room)}: {named}")
    assert gone == []


def test_the_drawing_shows_every_room() -> None:
    drawn = ARCHITECTURE.read_text()
    missing = [name_of(room) for room in ROOMS if room != PACKAGE and f"`{name_of(room)}`" not in drawn]
    assert missing == []
