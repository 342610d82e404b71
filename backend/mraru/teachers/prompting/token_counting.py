"""How many tokens a text is for an LLM, estimated without a tokenizer, and texts cut to that.

No tokenizer comes with this package: each model has its own, and fetching one needs the network. The one that the
embedding model brings is WordPiece for English, which turns most other scripts into single unknown tokens. So pieces
of text are counted by script, on the high side. Against o200k_base (GPT-4o and later) the estimate is 1.2 to 1.3
times the true number for English, 1.6 to 2 for Chinese, Japanese, Korean, Russian and Arabic, 2.5 to 3.3 for
Indic scripts, and at least 0.9 for nearly all of the 90 languages that it was measured on (Django's translations);
0.8 for base64. The older cl100k_base has up to 2.6 times as many tokens as estimated (Armenian). What may be spent
never rests on this estimate: costs are bounded by counting every byte as a token.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

_PIECE = re.compile(
    r"(?P<plain> ?[A-Z]?[a-z]{1,5}| ?[A-Z]{1,3}|[0-9]{1,2}|[ \t]{1,4}|[\x00-\x7f])"
    r"|(?P<letters>[\u0080-\u08ff\u1c80-\u1fff]{1,2})"  # accents, Greek, Cyrillic, Hebrew, Arabic and the like
    r"|(?P<astral>[\U00010000-\U0010ffff])"  # emoji and rare scripts
    r"|(?P<other>.)",  # Chinese, Japanese, Korean, Indic scripts and the like
    re.DOTALL,
)
_TOKENS = {"plain": 1.0, "letters": 1.0, "other": 1.5, "astral": 3.0}  # of one piece
MOST_TOKENS_PER_CHAR = max(_TOKENS.values())


def estimate_tokens(text: str) -> int:
    """About how many tokens an LLM makes of a text, rather too many than too few.

    >>> estimate_tokens("Shares fell sharply."), estimate_tokens("Привет"), estimate_tokens("你好"), estimate_tokens("")
    (5, 3, 3, 0)
    """
    return math.ceil(sum(tokens for _, tokens in _pieces(text)))


def shorten_text(text: str, max_tokens: int) -> str:
    """Keep the head and the tail of a text that is too long, with a visible mark between.

    Half of the tokens go to the head and half to the tail; the mark comes on top of them.

    >>> shorten_text("one two three four five six", 4)
    'one two\\n[… about 2 tokens left out …]\\n five six'
    >>> shorten_text("one two", 4)
    'one two'
    """
    if len(text) * MOST_TOKENS_PER_CHAR <= max_tokens:
        return text
    pieces = list(_pieces(text))
    n_tokens = sum(tokens for _, tokens in pieces)
    if n_tokens <= max_tokens:
        return text
    n_head, head_tokens = _count_within(pieces, max_tokens - max_tokens // 2)
    n_tail, tail_tokens = _count_within(pieces[::-1], max_tokens // 2)
    head, tail = pieces[:n_head], pieces[len(pieces) - n_tail :]
    left_out = math.ceil(n_tokens - head_tokens - tail_tokens)
    mark = f"\n[… about {left_out:,} tokens left out …]\n"
    return "".join(piece for piece, _ in head) + mark + "".join(piece for piece, _ in tail)


def _pieces(text: str) -> list[tuple[str, float]]:
    """The text in order, in pieces with their tokens."""
    return [(match.group(), _TOKENS[str(match.lastgroup)]) for match in _PIECE.finditer(text)]


def _count_within(pieces: Sequence[tuple[str, float]], max_tokens: int) -> tuple[int, float]:
    """How many of the first pieces fit, and their tokens."""
    used = 0.0
    for n_taken, (_, tokens) in enumerate(pieces):
        if used + tokens > max_tokens:
            return n_taken, used
        used += tokens
    return len(pieces), used
