"""Links of the README and the docs lead somewhere on a code host, too, and what they name is there."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from mraru.settings import describe_settings

REPOSITORY = Path(__file__).parents[3]
DOCS = REPOSITORY / "docs"
PAGES = sorted([*REPOSITORY.glob("*.md"), *DOCS.rglob("*.md")])
LONGEST = 300  # lines; what is written from the code may be longer
WRITTEN = ("commands.md", "http.md", "settings.md")


def name_of(page: Path) -> str:
    return page.relative_to(REPOSITORY).as_posix()


def prose_of(page: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^( *)```.*?^\1```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors_of(page: Path) -> set[str]:
    text = prose_of(page)
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w -]", "", title.lower()).strip().replace(" ", "-") for title in titles}
    return slugs | set(re.findall(r'<a id="([^"]+)"', text))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_to_files_and_headings_that_are_there(page: Path) -> None:
    dead = []
    for link in re.findall(r"\]\(([^)\s]+)\)", prose_of(page)):
        if link.startswith(("http://", "https://")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors_of(target)):
            dead.append(link)
    assert dead == []


def test_every_page_is_in_the_contents_of_the_site() -> None:
    contents = (REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8").split("\nnav:\n")[1]
    listed = re.findall(r"([\w/-]+\.md)$", contents, re.MULTILINE)
    assert sorted(listed) == sorted(page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md"))


@pytest.mark.parametrize("page", [page for page in DOCS.rglob("*.md") if page.name not in WRITTEN], ids=name_of)
def test_a_page_is_short_enough_to_read(page: Path) -> None:
    assert len(page.read_text(encoding="utf-8").splitlines()) <= LONGEST


def test_the_readme_is_short_and_begins_with_two_commands() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert len(readme.splitlines()) <= 200
    assert readme.index("\nmake demo ") < readme.index("\nmake test ") < readme.index("\n## Connect")


def test_the_docs_name_no_setting_that_is_not_there() -> None:
    settings = {name for names, _, _ in describe_settings() for name in names}
    unknown = {
        f"{name_of(page)}: {name}"
        for page in [REPOSITORY / "README.md", *DOCS.rglob("*.md")]
        for name in re.findall(r"\bMRARU_[A-Z_]+[A-Z]\b", page.read_text(encoding="utf-8"))
        if name not in settings and not name.endswith(("MRARU_MAX", "MRARU_STOP", "MRARU_TOTAL_MAX"))
    }
    assert unknown == set()


def test_the_docs_name_no_command_and_no_option_that_is_not_there() -> None:
    written = runpy.run_path(str(DOCS / "reference_pages.py"))
    reference = written["commands_page"]()
    commands = dict(written["_list_commands"](written["app"]))
    groups = {name.split()[0] for name in commands if " " in name}
    unknown = []
    for page in [REPOSITORY / "README.md", *DOCS.rglob("*.md")]:
        for line in re.findall(r"(?:^|`|/)mraru ([^`\n]+)", page.read_text(encoding="utf-8"), re.MULTILINE):
            words = line.split("#")[0].split()
            name = " ".join(words[:2]) if words[0] in groups else words[0]
            if not words[0].isupper() and words[0] != "--version" and name not in {*commands, *groups}:
                unknown.append(f"{name_of(page)}: mraru {line}")
                continue
            section = reference.partition(f"\n### mraru {name}\n")[2].partition("\n##")[0]
            options = re.findall(r"(?<= )--[a-z-]+", line.split("#")[0])
            unknown += [f"{name_of(page)}: {option}" for option in options if option not in section]
    assert unknown == []
