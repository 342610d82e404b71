"""Chat completions as no server should send them: hypothesis draws what is wrong with them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

ODD_STRINGS = st.sampled_from(
    ["", " ", "\ud83d", "\udc00Sport\ud800", "\x00", "\ufeff", "length", "12", "-1", "error", "Sport"]
)
ODD_NUMBERS = st.sampled_from(
    [0, -1, 1, 7, 12.0, -0.5, 10**6, 10**9, -(10**30), 10**30, 1e300, float("nan"), float("inf"), float("-inf")]
)
ODD_LEAVES = st.none() | st.booleans() | ODD_NUMBERS | ODD_STRINGS | st.text(max_size=8)
ODD_KEYS = st.sampled_from(
    ["error", "choices", "message", "content", "text", "type", "code", "detail", "status", "_fields_set", "label"]
) | st.text(max_size=4)
ODD_VALUES = st.recursive(
    ODD_LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ODD_KEYS, inner, max_size=3),
    max_leaves=6,
)

FRAGMENTS = [
    *("<think>", "</think>", "<thinking>", "</thinking>", "<reasoning>", "[THINK]", "[/THINK]", "<|begin_of_thought|>"),
    *("<|channel|>analysis<|message|>", "<|channel|>final<|message|>", "<|channel|>", "<|end|><|start|>assistant"),
    *("</s>", "<s>", "<|im_end|>", "<eos>", "[INST]", "\ufeff", "\u200b", "\x00", "\ud83d", "\udc00"),
    *("```", "```json\n", "\n```", "{", "}", '"', '"}', ".", ":", "\n", " ", "Label:", "The label is "),
    *('{"label": "Sport"}', '{"label": "Business", "label": "Sport"}', '{"label": "Sports"}', '{"label": null}'),
    *('{"label": "Business', '{"Label":"Business"}', '{"label": "\\ud83d"}', '[{"label": "Sport"}]'),
    *("Sport", "business", "Küche & Kochen", "sport-1", "Sport or Business"),
]  # fmt: skip
CONTENTS = st.lists(st.sampled_from(FRAGMENTS), max_size=7).map("".join) | st.text(max_size=30)
LONG_CONTENTS = st.builds(
    lambda piece, times, end: piece * times + end,
    st.sampled_from([*FRAGMENTS, "a", "<|channel|>a", "* ", "()", "```a\n", "label ", "\n\n", '{"a":']),
    st.sampled_from([100, 20_000]),
    st.sampled_from(FRAGMENTS),
)

COUNTS = st.integers(1, 2000) | ODD_LEAVES
USAGES = ODD_VALUES | st.fixed_dictionaries(
    {},
    optional={
        "prompt_tokens": COUNTS,
        "completion_tokens": COUNTS,
        "total_tokens": COUNTS,
        "reasoning_tokens": COUNTS,
        "completion_tokens_details": st.fixed_dictionaries({}, optional={"reasoning_tokens": COUNTS}) | ODD_VALUES,
    },
)
FINISH_REASONS = st.sampled_from(["stop", "length", "content_filter", "tool_calls", "", None, 7])
TOOL_CALLS = st.lists(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["function", "custom"])},
        optional={"function": st.fixed_dictionaries({"name": st.just("label_text")}, optional={"arguments": CONTENTS})},
    ),
    max_size=2,
)
LOGPROBS = st.fixed_dictionaries(
    {
        "content": st.lists(
            st.fixed_dictionaries(
                {"token": CONTENTS, "logprob": st.floats(-50, 1) | ODD_NUMBERS},
                optional={
                    "bytes": st.lists(st.integers(0, 255), max_size=3),
                    "top_logprobs": st.lists(
                        st.fixed_dictionaries({"token": CONTENTS, "logprob": st.floats(-50, 1)}), max_size=3
                    ),
                },
            ),
            max_size=3,
        )
    }
)
PARTS = st.lists(
    st.fixed_dictionaries({"type": st.sampled_from(["text", "thinking"])}, optional={"text": CONTENTS}), max_size=3
)
MESSAGES = st.fixed_dictionaries(
    {"role": st.just("assistant"), "content": CONTENTS | CONTENTS | PARTS | st.none()},
    optional={"refusal": st.none() | CONTENTS, "reasoning_content": CONTENTS, "tool_calls": TOOL_CALLS},
)
CHOICES = st.fixed_dictionaries(
    {"index": st.just(0), "message": MESSAGES, "finish_reason": FINISH_REASONS},
    optional={"logprobs": st.none() | LOGPROBS, "error": ODD_VALUES},
)
GOOD_SHAPES = st.fixed_dictionaries(
    {
        "id": st.just("chatcmpl-1"),
        "object": st.just("chat.completion"),
        "created": st.just(1),
        "model": st.just("gpt-4.1-mini"),
        "choices": st.lists(CHOICES, min_size=1, max_size=2),
        "usage": USAGES,
    },
    optional={"error": ODD_VALUES, "detail": ODD_VALUES, "message": ODD_VALUES},
)


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value."""
    yield path
    if isinstance(node, dict | list):
        for key, inner in node.items() if isinstance(node, dict) else enumerate(node):
            yield from places(inner, (*path, key))


@st.composite
def odd_completions(draw: st.DrawFn) -> Any:
    """One, wrong in up to three places; sometimes something else altogether."""
    said = copy.deepcopy(draw(GOOD_SHAPES))
    for _ in range(draw(st.integers(0, 3))):
        path = draw(st.sampled_from(list(places(said))))
        if not path:
            return draw(ODD_VALUES)
        holder = said
        for key in path[:-1]:
            holder = holder[key]
        if draw(st.booleans()) and isinstance(holder, dict):
            del holder[path[-1]]
        else:
            holder[path[-1]] = draw(ODD_VALUES)
    return said
