from __future__ import annotations

import pytest

from mraru.labelstudio.texts.html_text import read_instruction


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("", ""),
        (
            "<p>Choose the <b>main</b> topic.</p><ul><li>Sport</li><li>Tech</li></ul>",
            "Choose the main topic.\nSport\nTech",
        ),
        ("One.<br>Two.<!-- not said --><script>alert(1)</script>", "One.\nTwo."),
        ("Plain.\n\n- if a < b: Tech\n- R&amp;D: Sport\n", "Plain.\n\n- if a < b: Tech\n- R&D: Sport"),
        ("<p>&lt;text&gt; is shown</p>", "<text> is shown"),
        ("<p>unclosed <b>bold", "unclosed bold"),
    ],
)
def test_the_instruction_is_read_as_people_see_it(written: str, read: str) -> None:
    assert read_instruction(written) == read
