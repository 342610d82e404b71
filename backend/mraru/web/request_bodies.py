"""What was sent, read before anything is done with it."""

from __future__ import annotations

from flask import request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

LARGEST_NUMBER = 2**63 - 1  # what the store can hold


def read_body() -> None:
    """Read what was sent, before anything is done with it.

    Raises:
        BadRequest: it ends too early, or its pieces are not as HTTP has them.
        RequestEntityTooLarge: it is longer than is taken.
    """
    try:
        request.get_data(cache=True)
    except (OSError, ParseException) as exc:  # of the web server, which reads it piece by piece
        raise BadRequest("The body could not be read to its end.") from exc


def read_object(*, must_say_json: bool = False) -> dict[str, object]:
    """The JSON object that was sent.

    Args:
        must_say_json: whether the request must say that it is JSON, as a form of another site cannot.

    Raises:
        BadRequest: it is none.
        UnsupportedMediaType: it does not say so.
    """
    if must_say_json and not request.is_json:
        raise UnsupportedMediaType("Send JSON, with Content-Type: application/json; {} where there is nothing to say.")
    try:
        body = request.get_json(force=True, silent=True)
    except RecursionError as exc:
        raise BadRequest("The body is nested too deeply.") from exc
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object.")
    return body
