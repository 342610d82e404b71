from __future__ import annotations

import pytest

from mraru.errors import TeacherMisconfigured, TeacherUnavailable
from mraru.teachers.servers.call_failures import CallRefused, CallUnavailable, quotes_text, read_retry_after_s


@pytest.mark.parametrize("value", [None, "", "soon", "-1", "nan", "inf", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_a_retry_after_that_is_no_number_of_seconds_is_none(value: str | None) -> None:
    assert read_retry_after_s(value) is None


def test_a_retry_after_of_zero_is_zero() -> None:
    assert read_retry_after_s("0") == 0.0


def test_a_message_that_repeats_part_of_a_long_text_quotes_it() -> None:
    text = "Dear doctor, my patient number is 4711 and I have been ill since Monday."
    assert quotes_text("input_value='patient number is 4711 and I have been'", text)
    assert not quotes_text("The model does not exist", text)


def test_a_quotation_is_known_by_its_words_however_a_server_writes_them() -> None:
    assert quotes_text(r"bad input: \u0414\u043e\u0431\u0440\u044b\u0439 \u0434\u0435\u043d\u044c", "Добрый день")
    assert quotes_text("bad input: 'Dear doctor,\\nI have been ill'", "Dear doctor,\nI  have been ill")


def test_the_rooms_errors_are_those_of_the_contract() -> None:
    assert issubclass(CallUnavailable, TeacherUnavailable)
    assert issubclass(CallRefused, TeacherMisconfigured)
    assert CallUnavailable("late", maybe_billed=True, retry_after_s=2.0).retry_after_s == 2.0
