"""A project's prompt with some of its labels alone."""

from __future__ import annotations

from dataclasses import replace

from mraru.teachers.prompting.few_shot_examples import Example, FewShot
from mraru.teachers.prompting.prompt import Prompt
from mraru.teachers.shortlists.label_pages import LabelPage


def narrow_prompt(prompt: Prompt, page: LabelPage) -> Prompt:
    """The prompt that shows these labels; an example of another label is not shown with them."""
    few_shot = prompt.few_shot
    if few_shot is not None:
        few_shot = FewShot(
            _ShownExamples(few_shot, page), n_examples=few_shot.n_examples, max_tokens=few_shot.max_tokens
        )
    return replace(prompt, schema=page.schema, few_shot=few_shot)


class _ShownExamples:
    """`Examples` out of those that were chosen for a text, each of which has labels that are shown alone."""

    def __init__(self, chosen: FewShot, page: LabelPage) -> None:
        self._chosen = chosen
        self._schema = page.schema
        self._shown = frozenset(page.shown)

    def nearest(self, text: str, n_examples: int) -> tuple[Example, ...]:
        fitting = [each for each in self._chosen.choose(text) if self._shown.issuperset(self._labels(each))]
        return tuple(fitting[::-1][:n_examples])

    def _labels(self, example: Example) -> tuple[str, ...]:
        return self._schema.labels_of(example.label)
