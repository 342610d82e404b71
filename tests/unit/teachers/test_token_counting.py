from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mraru.teachers.prompting.token_counting import estimate_tokens, shorten_text

# (text, its tokens in o200k_base)
KNOWN = [
    ("The quick brown fox jumps over the lazy dog.", 10),
    ("Unfortunately, my card payment was declined twice yesterday!", 10),
    ("2026-11-24 09:41:58 ERROR 503", 15),
    ("Съешь же ещё этих мягких французских булок, да выпей чаю.", 19),
    ("敏捷的棕色狐狸跳过了懒狗。", 14),
    ("素早い茶色の狐がのろまな犬を飛び越える。", 19),
    ("다람쥐 헌 쳇바퀴에 타고파", 17),
    ("तेज़ भूरी लोमड़ी आलसी कुत्ते के ऊपर कूदती है", 19),
    ("الثعلب البني السريع يقفز فوق الكلب الكسول", 15),
    ("😀🎉👍", 4),
]


@pytest.mark.parametrize(("text", "n_tokens"), KNOWN)
def test_the_estimate_is_above_the_true_number_and_not_far(text: str, n_tokens: int) -> None:
    assert n_tokens <= estimate_tokens(text) <= 4 * n_tokens


@given(st.text(max_size=300), st.text(max_size=300))
def test_two_texts_together_are_about_as_many_tokens_as_each_alone(one: str, other: str) -> None:
    assert estimate_tokens(one) <= estimate_tokens(one + other) <= estimate_tokens(one) + estimate_tokens(other)


@given(st.text(max_size=400), st.integers(min_value=1, max_value=200))
def test_what_is_left_of_a_long_text_is_its_head_and_its_tail_within_the_limit(text: str, max_tokens: int) -> None:
    shown = shorten_text(text, max_tokens)
    if estimate_tokens(text) <= max_tokens:
        assert shown == text
        return
    head, mark, tail = shown.partition("\n[… about ")
    left_out, rest, tail = tail.partition(" tokens left out …]\n")
    assert mark
    assert rest
    assert text.startswith(head)
    assert text.endswith(tail)
    assert len(head) + len(tail) < len(text)
    assert estimate_tokens(head) + estimate_tokens(tail) <= max_tokens + 1
    assert int(left_out.replace(",", "")) >= estimate_tokens(text) - max_tokens - 1


def test_a_text_without_spaces_is_cut_as_well() -> None:
    assert len(shorten_text("字" * 100_000, 300)) < 250
