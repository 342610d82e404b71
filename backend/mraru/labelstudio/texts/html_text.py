"""HTML reduced to what people read of it."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

HEADING_TAGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCK_TAGS = frozenset(
    (*HEADING_TAGS, "article", "blockquote", "br", "dd", "div", "dt", "hr", "li", "p", "pre", "td", "th", "tr")
)
HIDDEN_TAGS = frozenset(("script", "style", "template"))

_TAG = re.compile(r"</?[a-z][^<>]*>|<!--", re.IGNORECASE)


def strip_html(html: str) -> str:
    """The text of HTML, a line for each block.

    >>> strip_html("<p>One &amp; two</p><script>x</script><p>three</p>")
    'One & two\\nthree'
    """
    parser = _TextOfHtml()
    parser.feed(html)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.parts).split("\n"))
    return "\n".join(line for line in lines if line)


def read_instruction(written: str) -> str:
    """The instruction for annotators, which may be HTML or plain text: plain text keeps its lines.

    >>> read_instruction("<ul><li>Sport: <b>games</b></li><li>a &lt; b</li></ul>")
    'Sport: games\\na < b'
    >>> read_instruction("Sport: games\\n\\nTech: if a < b")
    'Sport: games\\n\\nTech: if a < b'
    """
    if _TAG.search(written):
        return strip_html(written)
    return unescape(written).strip()


class _TextOfHtml(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._n_hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in HIDDEN_TAGS:
            self._n_hidden += 1
        elif tag in BLOCK_TAGS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in HIDDEN_TAGS:
            self._n_hidden = max(0, self._n_hidden - 1)
        elif tag in BLOCK_TAGS:
            self.parts.append("\n")

    def parse_marked_section(self, i: int, report: int = 1) -> int:
        """Skip `<![...]>` up to its end, as browsers do: Python's own way raises over words that it does not know."""
        return self.parse_bogus_comment(i)

    def handle_data(self, data: str) -> None:
        if not self._n_hidden:
            self.parts.append(re.sub(r"\s+", " ", data))
