"""Which page an address names, and the address of each page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import parse_qsl, urlencode, urlsplit

ROOT = "/dashboard/"
ABOUT = f"{ROOT}about"  # how figures are counted
_PROJECT = re.compile(rf"^{ROOT}projects/(\d{{1,18}})(?:/([a-z]+))?/?$")


class PageName(StrEnum):
    """The pages of one project, as they stand in its addresses; in the order of its navigation."""

    OVERVIEW = ""
    REVIEW = "review"
    AGREEMENT = "agreement"
    PEOPLE = "people"
    AUDIT = "audit"
    LABELS = "labels"
    ROUNDS = "rounds"
    SETTINGS = "settings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A page of the dashboard."""

    project_id: int | None = None  # None: the list of projects
    page: PageName = PageName.OVERVIEW
    query: Mapping[str, str] = field(default_factory=dict)
    is_about: bool = False  # how figures are counted, for all projects
    is_known: bool = True  # False: there is no such page

    @property
    def page_number(self) -> int:
        """Which page of a long list, from 1.

        >>> Address(query={"page": "3"}).page_number, Address(query={"page": "x"}).page_number
        (3, 1)
        """
        given = self.query.get("page", "")
        return max(1, int(given)) if given.isascii() and given.isdigit() and len(given) < 9 else 1


def parse_address(pathname: str | None, search: str | None = None) -> Address:
    """The page that an address names.

    >>> parse_address("/dashboard/projects/3/review", "?page=2")
    Address(project_id=3, page=<PageName.REVIEW: 'review'>, query={'page': '2'}, is_about=False, is_known=True)
    >>> parse_address("/dashboard/nothing").is_known
    False
    """
    path = pathname or ROOT
    if path.rstrip("/") + "/" == ROOT:
        return Address()
    if path.rstrip("/") == ABOUT:
        return Address(is_about=True)
    found = _PROJECT.match(path)
    if found is None or (found[2] or "") not in set(PageName):
        return Address(is_known=False)
    query = dict(parse_qsl((search or "").lstrip("?"), keep_blank_values=True))
    return Address(project_id=int(found[1]), page=PageName(found[2] or ""), query=query)


def link_to(
    project_id: int | None = None, page: PageName = PageName.OVERVIEW, query: Mapping[str, str | int] | None = None
) -> str:
    """The address of a page.

    >>> link_to(), link_to(3, PageName.AGREEMENT, {"llm": "a b"})
    ('/dashboard/', '/dashboard/projects/3/agreement?llm=a+b')
    """
    if project_id is None:
        return ROOT
    path = f"{ROOT}projects/{project_id}" + (f"/{page}" if page else "")
    return f"{path}?{urlencode(query)}" if query else path


def link_to_explanation(card: str) -> str:
    """The address of how the figures of a card are counted.

    >>> link_to_explanation("money")
    '/dashboard/about#about-money'
    """
    return f"{ABOUT}#{anchor_of(card)}"


def anchor_of(card: str) -> str:
    """What the explanation of a card is called on its page, where other parts have names of their own."""
    return f"about-{card}"


def link_to_task(label_studio_url: str | None, project_id: int, task_id: int) -> str | None:
    """Where Label Studio opens a task; None where its address is not known or is none of the web.

    >>> link_to_task("http://localhost:8080/", 3, 17), link_to_task("javascript:alert(1)", 3, 17)
    ('http://localhost:8080/projects/3/data?task=17', None)
    """
    base = link_to_label_studio(label_studio_url, project_id)
    return f"{base}?task={task_id}" if base else None


def link_to_label_studio(label_studio_url: str | None, project_id: int) -> str | None:
    """Where Label Studio shows a project's tasks; None as above."""
    url = (label_studio_url or "").rstrip("/")
    if urlsplit(url).scheme not in ("http", "https"):
        return None
    return f"{url}/projects/{project_id}/data"
