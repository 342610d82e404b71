"""The pages of docs/reference that are written from the code say what the code says."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest
import typer

from mraru.web.api.openapi import describe_interface

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture(scope="module")
def written() -> dict[str, Any]:
    return runpy.run_path(str(DOCS / "reference_pages.py"))


@pytest.mark.parametrize("name", ["settings.md", "commands.md", "http.md"])
def test_a_page_is_what_the_code_says(written: dict[str, Any], name: str) -> None:
    page = (DOCS / "reference" / name).read_text(encoding="utf-8")
    assert page == written["PAGES"][name](), "run `make docs`"


def test_the_page_of_commands_has_every_command_and_every_option(written: dict[str, Any]) -> None:
    page = written["commands_page"]()
    n_options = 0
    for name, command in walk(typer.main.get_command(written["app"])):
        section = page.split(f"\n### {name}\n")[1].split("\n### ")[0].split("\n## ")[0]
        for parameter in command.params:
            if parameter.param_type_name == "option" and parameter.name != "help":
                n_options += 1
                assert re.search(rf"\| `{parameter.opts[0]}\b", section), (name, parameter.opts)
    assert n_options > 50


def walk(command: Any, name: str = "mraru") -> list[tuple[str, Any]]:
    """Every command of a command line, with the words that call it."""
    inner = getattr(command, "commands", None)
    if inner is None:
        return [(name, command)]
    return [found for word, each in inner.items() for found in walk(each, f"{name} {word}")]


def test_a_command_without_a_topic_is_named(written: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(written["commands_page"].__globals__, "COMMAND_TOPICS", {"Money": ("cost", "ledger")})
    with pytest.raises(ValueError, match=r"COMMAND_TOPICS: audit, backup"):
        written["commands_page"]()


def test_the_page_of_http_has_every_address_and_every_field(written: dict[str, Any]) -> None:
    page = written["http_page"]()
    described = describe_interface()
    for path, methods in described["paths"].items():
        for method in methods:
            assert page.count(f"| `{method.upper()} {path}` |") == 1
    for name, schema in described["components"]["schemas"].items():
        section = page.split(f"\n### {name}\n")[1].split("\n### ")[0]
        for field in schema.get("properties", ()):
            assert re.search(rf"`{field}\??`: ", section), (name, field)


@pytest.mark.parametrize("name", ["settings.md", "commands.md", "http.md"])
def test_links_within_a_page_lead_somewhere(written: dict[str, Any], name: str) -> None:
    page = written["PAGES"][name]()
    slug = written["_slug"]
    anchors = {slug(title) for title in re.findall(r"^#+ (.+)$", page, re.MULTILINE)}
    anchors |= set(re.findall(r'<a id="([^"]+)"></a>', page))
    links = set(re.findall(r"\]\(#([^)]+)\)", page))
    assert links
    assert links <= anchors
