from __future__ import annotations

import logging

import pytest

from mraru.cli.logs import EventFormatter, configure_logging


def shown(**extra: object) -> str:
    record = logging.makeLogRecord(
        {"name": "mraru.web", "levelname": "INFO", "msg": "said %s", "args": ("it",), **extra}
    )
    return EventFormatter("%(levelname)s %(name)s [%(event)s] %(message)s").format(record)


def test_a_line_names_its_event() -> None:
    assert shown(event="saying") == "INFO mraru.web [saying] said it"


def test_a_line_without_an_event_is_shown_too() -> None:
    assert shown() == "INFO mraru.web [-] said it"


@pytest.mark.usefixtures("kept_logging")
def test_our_logs_speak_from_the_set_level_and_libraries_from_warning(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO")
    configure_logging("INFO")  # twice is not double
    logging.getLogger("mraru.x").info("ours", extra={"event": "ours"})
    logging.getLogger("mraru.x").debug("too quiet")
    logging.getLogger("httpx").info("POST with a key")
    logging.getLogger("httpx").warning("a library's warning")
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(" [", 1)[1] for line in lines] == ["ours] ours", "-] a library's warning"]
