"""Which labels each call about a text shows: the nearest, then the rest, as many as fit into one prompt."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Protocol, TypeVar

from mraru.records import REST_PROMPT, SHORTLIST_PROMPT, hash_text
from mraru.schema_records import Choice, LabelSchema
from mraru.teachers.prompting.token_counting import estimate_tokens

MOST_CALLS = 4  # about one text, the first included
MOST_LABEL_TOKENS = 20_000  # as estimated: what the labels of one call may be
N_REMEMBERED = 4096  # texts whose labels stay the same while this process lives
LINE_TOKENS = 6  # of a label beside its words: dash, quotes, line break
NONE_NAMES = ("none of these", "none of these labels")
NONE_HINT = "no label of this list fits the text. The project has others, which are shown then."
NONE_HINT_OF_LAST = "no label of this list fits the text."
Key = TypeVar("Key")
Value = TypeVar("Value")


class LabelRanking(Protocol):
    """Says which labels are near to a text."""

    def rank(self, text: str) -> Sequence[str]:
        """All labels as stored, the nearest first; the same for the same text and state of the project."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelPage:
    """What one call about one text shows of the labels."""

    schema: LabelSchema  # its labels in the config's order, and as the last of them "none of these"
    known: LabelSchema  # every label of the project, and "none of these"
    is_last: bool  # no label is left that no call has shown
    is_required: bool  # a set of labels must not be empty in the end

    @property
    def none(self) -> str:
        """How "none of these" is called: as no label of the project is."""
        return self.schema.choices[-1].value

    @property
    def shown(self) -> tuple[str, ...]:
        """The labels of it, as stored."""
        return self.schema.labels[:-1]


class LabelPages:
    """The pages of one project's prompt, by text and by how many calls went before. Thread-safe.

    What is shown with a text is chosen once while this process lives, so that a call's cost is bounded by the prompt
    that is sent; what was shown is kept with each answer, so that "the rest" is the same after a restart.
    """

    def __init__(
        self, schema: LabelSchema, ranking: LabelRanking, *, size: int, definitions: Mapping[str, str] | None = None
    ) -> None:
        """Rank nothing yet.

        Args:
            size: labels of the first call.
            definitions: of labels as stored, which the prompt shows with them.
        """
        self._schema = schema
        self._ranking = ranking
        self._size = size
        self._definitions = dict(definitions or {})
        self._none = name_none(schema)
        self._guard = threading.Lock()
        self._excluded: OrderedDict[tuple[str, int], frozenset[str]] = OrderedDict()
        self._chosen: OrderedDict[tuple[str, int, frozenset[str], int], frozenset[str]] = OrderedDict()

    def version(self, version: str, n_before: int) -> str:
        """The version of the prompt of a call, from that of the same prompt with all labels.

        It covers how many labels are shown, not which: those depend on the text and on what is labelled by then.
        Otherwise each new label would make another version, and every text would be paid for again.
        """
        shape = json.dumps([version, "shortlist", self._size, NONE_HINT, NONE_HINT_OF_LAST])
        hashed = hashlib.blake2b(shape.encode(), digest_size=6).hexdigest()
        return f"{REST_PROMPT}{n_before}-{hashed}" if n_before else f"{SHORTLIST_PROMPT}{hashed}"

    def exclude(self, text: str, n_before: int, labels: Collection[str]) -> None:
        """Note what the calls before one have shown with a text."""
        with self._guard:
            self._excluded.pop((hash_text(text), n_before), None)
            _remember(self._excluded, (hash_text(text), n_before), frozenset(labels))

    def find(self, text: str, n_before: int, context_tokens: int | None = None) -> LabelPage | None:
        """What a call about a text shows; None where nothing is left for it.

        Args:
            n_before: calls about the text before this one.
            context_tokens: that the server takes, where that is known: labels get half of them at most.
        """
        most_tokens = min(MOST_LABEL_TOKENS, (context_tokens or 2 * MOST_LABEL_TOKENS) // 2)
        excluded = self._find_excluded(text, n_before, most_tokens)
        left = [label for label in self._schema.labels if label not in excluded]
        if not left:
            return None
        shown = self._choose(text, n_before, excluded, most_tokens)
        is_last = len(shown) == len(left)
        none = Choice(value=self._none, hint=NONE_HINT_OF_LAST if is_last else NONE_HINT)
        choices = self._schema.choices
        asked = replace(self._schema, is_required=False)  # an empty set is "none of these", too
        return LabelPage(
            schema=replace(asked, choices=(*(each for each in choices if each.stored in shown), none)),
            known=replace(asked, choices=(*choices, none)),
            is_last=is_last,
            is_required=self._schema.is_required,
        )

    def _find_excluded(self, text: str, n_before: int, most_tokens: int) -> frozenset[str]:
        """What was shown before or, where nothing is noted, what would be."""
        with self._guard:
            noted = self._excluded.get((hash_text(text), n_before))
        if noted is not None:
            return noted
        excluded: frozenset[str] = frozenset()
        for earlier in range(n_before):
            excluded |= self._choose(text, earlier, excluded, most_tokens)
        return excluded

    def _choose(self, text: str, n_before: int, excluded: frozenset[str], most_tokens: int) -> frozenset[str]:
        key = (hash_text(text), n_before, excluded, most_tokens if n_before else 0)
        with self._guard:
            if key in self._chosen:
                self._chosen.move_to_end(key)
                return self._chosen[key]
        left = [choice for choice in self._schema.choices if choice.stored not in excluded]
        if n_before and sum(map(self._count_tokens, left)) <= most_tokens:
            found = frozenset(choice.stored for choice in left)  # whatever is near
        else:
            found = frozenset(self._take_nearest(text, left, self._size if not n_before else None, most_tokens))
        with self._guard:
            return _remember(self._chosen, key, found)

    def _take_nearest(self, text: str, left: Iterable[Choice], size: int | None, most_tokens: int) -> Iterator[str]:
        by_label = {choice.stored: choice for choice in left}
        used = 0
        ranked = [label for label in self._ranking.rank(text) if label in by_label]
        for position, label in enumerate(ranked[:size]):
            used += self._count_tokens(by_label[label])
            if size is None and used > most_tokens and position:
                return
            yield label

    def _count_tokens(self, choice: Choice) -> int:
        """About what a label takes in a prompt: its line, and its name in the answer's format."""
        words = (choice.value, choice.value, choice.alias, choice.hint, self._definitions.get(choice.stored))
        return LINE_TOKENS + sum(estimate_tokens(said) for said in words if said)


def name_none(schema: LabelSchema) -> str:
    """What "none of these" is called, so that no label of the project is called so.

    >>> choices = (Choice(value="None of these"), Choice(value="Sport"))
    >>> name_none(LabelSchema(from_name="c", to_name="t", text_field="x", choices=choices))
    'none of these labels'
    """
    named = (name for choice in schema.choices for name in (choice.value, choice.alias, choice.name))
    taken = {name.casefold() for name in named if name}
    further = (f"{NONE_NAMES[0]} ({number})" for number in count(2))
    return next(name for names in (NONE_NAMES, further) for name in names if name not in taken)


def _remember(kept: OrderedDict[Key, Value], key: Key, value: Value) -> Value:
    """Keep a value unless one is kept, and not too many of them; what is kept now."""
    kept.setdefault(key, value)
    kept.move_to_end(key)
    while len(kept) > N_REMEMBERED:
        kept.popitem(last=False)
    return kept[key]
