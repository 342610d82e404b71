"""Long lists page by page: which page is asked for, and where the next one is."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from urllib.parse import urlencode

from flask import request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError
from werkzeug.exceptions import BadRequest

from mraru.web.request_bodies import LARGEST_NUMBER

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

ROWS = 100  # of a page, where no number is asked for
MOST_ROWS = 1000  # of a page
PLACE = r"([0-9](?:\.[0-9]+)?(?:e-[0-9]+)?),([0-9]{1,19})"  # a score and a task

Query = TypeVar("Query", bound=BaseModel)
Row = TypeVar("Row", bound="DataclassInstance")


def _read_whole_number(value: object) -> object:
    if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) < 20):
        raise PydanticCustomError("whole_number", "Input should be a whole number, in digits alone")
    return value


def read_place(value: object) -> tuple[float, int]:
    """The place that `spell_place` spelled.

    Raises:
        PydanticCustomError: it is none.
    """
    found = re.fullmatch(PLACE, value) if isinstance(value, str) else None
    if found is None or int(found[2]) > LARGEST_NUMBER:
        raise PydanticCustomError("place", "Input should be a score and a task as in the last answer's `next`")
    return float(found[1]), int(found[2])


def spell_place(score: float, task_id: int) -> str:
    """Where a page of a list ends that is ordered by score and then by task; exactly.

    >>> spell_place(0.1, 7), read_place(spell_place(1e-05, 7))
    ('0.1,7', (1e-05, 7))
    """
    return f"{score!r},{task_id}"


WholeNumber = Annotated[int, BeforeValidator(_read_whole_number)]


class PageQuery(BaseModel):
    """Which page of a list whose rows are numbered."""

    model_config = ConfigDict(extra="forbid")

    limit: WholeNumber = Field(ROWS, ge=1, le=MOST_ROWS)
    after: WholeNumber = Field(0, ge=0, le=LARGEST_NUMBER)


class ScoredPageQuery(BaseModel):
    """Which page of a list that is ordered by score and then by task."""

    model_config = ConfigDict(extra="forbid")

    limit: WholeNumber = Field(ROWS, ge=1, le=MOST_ROWS)
    after: Annotated[
        tuple[float, int] | None,
        BeforeValidator(read_place),
        WithJsonSchema({"type": "string", "pattern": f"^{PLACE}$"}),
    ] = None  # score and task; None: from the first


def read_query(kind: type[Query]) -> Query:
    """What was asked for behind the address's question mark.

    Raises:
        BadRequest: something is said twice.
        ValidationError: something does not fit.
    """
    said: dict[str, list[str]] = request.args.to_dict(flat=False)
    twice = next((name for name, values in said.items() if len(values) > 1), None)
    if twice is not None:
        raise BadRequest(f"{twice}: say it once")
    return kind.model_validate({name: values[0] for name, values in said.items()})


def make_page(
    name: str, found: Sequence[Row], limit: int, n_total: int, place_of_last: Callable[[Sequence[Row]], int | str]
) -> dict[str, Any]:
    """A page as it is answered: its rows, how many rows there are in all, and the address of the next page.

    Args:
        name: of the list.
        found: one row more than the page has, where there are more.
        place_of_last: what the next page comes after.
    """
    rows = found[:limit]
    following = None
    if len(found) > limit:
        query = urlencode({"limit": limit, "after": place_of_last(rows)}, safe=",")
        following = f"{request.script_root}{request.path}?{query}"
    return {name: [asdict(row) for row in rows], "n_total": n_total, "next": following}
