"""Tries a definition before it is used: the prompt with it and the present one, on texts that people labelled."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from mraru.errors import MRaruError, NothingToMeasure, WorkInterrupted
from mraru.interfaces import Ledger, Teacher
from mraru.projects.learning.labelled_set import LabelledSet
from mraru.quality.prompt_comparison import PromptComparison, choose_trial_texts, compare_prompts
from mraru.records import hash_text
from mraru.store.labels.kept_drafts import DefinitionDraft, DraftTrial
from mraru.store.store import Store
from mraru.teachers.combined.several_teachers import recall_answer


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialTexts:
    """Held-out texts that people labelled: the definition was not drafted from them, and none is an example."""

    texts: Mapping[str, str]  # by text hash
    gold: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialCost:
    """What a trial will ask at most; answers that were paid for are not among it."""

    n_questions: int
    cost_bound_usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialOutcome:
    """What came of a trial, as far as it got."""

    comparison: PromptComparison  # on the texts that both prompts answered
    prompt: str  # as `name_definitions` names what was tried
    failure: MRaruError | None  # what kept the rest from being asked

    @property
    def figures(self) -> DraftTrial:
        """As they are kept with the draft."""
        compared = self.comparison
        return DraftTrial(
            n_texts=compared.n_texts,
            n_right_before=compared.n_right_before,
            n_right_after=compared.n_right_after,
            n_mended=compared.n_mended,
            n_broken=compared.n_broken,
            p_value=compared.p_value,
            prompt=self.prompt,
        )


def change_definition(definitions: Mapping[str, str], label: str, definition: str) -> dict[str, str]:
    """The definitions as they would be stored with one changed, in the order in which they are read.

    >>> change_definition({"a": "x", "c": "z"}, "b", " y ")
    {'a': 'x', 'b': 'y', 'c': 'z'}
    """
    changed = {**definitions, label: definition.strip()}
    return {name: changed[name] for name in sorted(changed) if changed[name]}


def name_definitions(definitions: Mapping[str, str]) -> str:
    """Names all definitions that the LLM is told by their content.

    >>> name_definitions({"a": "x", "b": "y"}) == name_definitions({"b": "y", "a": "x"})
    True
    """
    return hash_text(json.dumps(definitions, sort_keys=True))


def hold_out(
    store: Store, project_id: int, labelled: LabelledSet, draft: DefinitionDraft, *, n_texts: int, seed: int
) -> TrialTexts:
    """Choose the texts to try a draft on.

    Raises:
        NothingToMeasure: people labelled nothing but what the draft was made from.
    """
    concerned = [draft.label] if draft.contrast is None else [draft.label, draft.contrast]
    names = choose_trial_texts(
        labelled.gold, labelled.teacher, concerned=concerned, shown=draft.shown, n_texts=n_texts, seed=seed
    )
    texts = store.tasks.load_texts(project_id, names)
    if not texts:
        raise NothingToMeasure(
            f"People have labelled no text of project {project_id} but those that the definition was drafted from: "
            "there is nothing to try it on. Label some more texts, or accept it without a trial."
        )
    return TrialTexts(
        texts={name: texts[name] for name in names if name in texts},
        gold={name: labelled.gold[name] for name in names if name in texts},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptTrial:
    """A trial that can be asked for its cost and then be run; made by `bootstrap`."""

    held_out: TrialTexts
    before: Teacher  # told the definitions in use
    after: Teacher  # told the drafted one
    prompt: str  # as `name_definitions` names what that is told
    ledger: Ledger
    concurrency: int  # calls at the same time
    should_stop: Callable[[], bool]

    def bound_cost(self) -> TrialCost:
        """The most that running it can cost now."""
        unasked = [
            (teacher, text)
            for teacher in (self.before, self.after)
            for text in self.held_out.texts.values()
            if recall_answer(teacher, self.ledger, text) is None
        ]
        return TrialCost(
            n_questions=len(unasked), cost_bound_usd=sum(teacher.cost_bound_usd(text) for teacher, text in unasked)
        )

    def run(self) -> TrialOutcome:
        """Ask both about each text, text by text, until all are asked or one call fails.

        Each answer is in the ledger at once: running it again asks only what is left.

        Raises:
            WorkInterrupted: the worker is shutting down.
        """
        said_before: dict[str, str | None] = {}
        said_after: dict[str, str | None] = {}
        failures: list[MRaruError] = []

        def ask_both(name: str) -> None:
            for teacher, said in ((self.before, said_before), (self.after, said_after)):
                if failures:
                    return
                try:
                    if self.should_stop():
                        raise WorkInterrupted
                    said[name] = teacher.label(self.held_out.texts[name]).label
                except MRaruError as exc:
                    failures.append(exc)

        with ThreadPoolExecutor(max_workers=self.concurrency) as executor:
            list(executor.map(ask_both, self.held_out.texts))
        for failure in failures:
            if isinstance(failure, WorkInterrupted):
                raise failure
        return TrialOutcome(
            comparison=compare_prompts(self.held_out.gold, said_before, said_after),
            prompt=self.prompt,
            failure=failures[0] if failures else None,
        )
