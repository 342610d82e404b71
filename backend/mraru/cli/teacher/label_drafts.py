"""`mraru labels suggest`, `accept` and `dismiss`: sharper definitions of the labels that people often correct."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rich.console import Console

from mraru.bootstrap import Services
from mraru.cli.teacher.definition_list import say_who_is_told
from mraru.cli.teacher.prompt_display import make_printable
from mraru.cli.teacher.teacher_eval import describe
from mraru.errors import NothingToDraft
from mraru.projects.definitions.definition_drafting import check_drafted, make_draft, plan_draft, read_corrections
from mraru.projects.definitions.prompt_trial import PromptTrial
from mraru.quality.agreement.class_corrections import OFTEN, CorrectedClass, often_corrected
from mraru.quality.agreement.teacher_accuracy_on_gold import Accuracy
from mraru.quality.prompt_comparison import SIGNIFICANT
from mraru.quantities import choose_form, spell_quantity
from mraru.reporting.corrected_class_figures import find_known_project
from mraru.reporting.teacher_words import TeacherWords
from mraru.store.labels.kept_drafts import DefinitionDraft, DraftStatus, DraftTrial
from mraru.teachers.prompting.definition_words import find_label
from mraru.use_cases.definition_controls import DefinitionControls

Confirm = Callable[[str], bool]
Decide = Callable[[str, bool], bool]  # a question, and what is recommended


def suggest_definitions(
    services: Services, project_id: int, label: str | None, *, confirm: Confirm, console: Console | None = None
) -> None:
    """Print what people correct, and have the LLM draft sharper definitions within the budget.

    Args:
        label: whose definition; None: of each label that is often corrected.
        confirm: told the most that it can cost; False leaves it at the list.

    Raises:
        ProjectUnknown, DefinitionsInvalid: there is no such project, or no such label in it.
        NothingToDraft: people corrected nothing, or too little, or no LLM is set.
        ProjectBusy: the worker is in the middle of a round; nothing was asked.
        TeacherError: of the first draft that failed; those before it are kept.
    """
    console = console or _console()
    store = services.require_store()
    project, schema = find_known_project(services, project_id)
    corrections = read_corrections(store, project_id, schema, services.embedder.name)
    words = TeacherWords.of(services.settings)
    for pair in corrections.classes:
        console.print(describe_pair(pair, words))
    check_drafted(project_id, schema)
    labels = [find_label(schema, label)] if label is not None else often_corrected(corrections.classes)
    if not labels:
        raise NothingToDraft(
            f"People changed no label of project {project_id} into one other at least {OFTEN} times yet: name a label "
            "with --label to have its definition drafted all the same."
        )
    plans = [plan_draft(store, project, schema, stored, corrections) for stored in labels]
    with services.definitions.open_drafter(project) as drafter:
        unpaid = [plan for plan in plans if store.ledger.find_answer(drafter.identity, plan.question.hash) is None]
        bound_usd = sum(drafter.cost_bound_usd(plan.question) for plan in unpaid)
        named = ", ".join(f"'{plan.label}'" for plan in plans)
        question = (
            f"{drafter.identity.model} drafts a definition of {named}: {len(unpaid)} of "
            f"{spell_quantity(len(plans), 'call')} {choose_form(len(unpaid), 'is', 'are')} not paid yet and "
            f"{choose_form(len(unpaid), 'costs', 'cost')} at most ${bound_usd:.4f}. Go on?"
        )
        if unpaid and not confirm(question):
            return
        with store.hold_to_ask(project_id):
            for plan in plans:
                draft = store.definition_drafts.save(project_id, make_draft(plan, drafter))
                console.print(f"{draft.label}, told from {draft.contrast} (draft of {draft.model}):")
                console.print(f"  {make_printable(draft.definition)}")
    console.print(f"The LLM is told none of it yet: `mraru labels accept {project_id} LABEL` tries it and puts it in.")


def accept_definition(
    services: Services,
    project_id: int,
    label: str,
    *,
    definition: str | None = None,
    without_trial: bool = False,
    n_texts: int | None = None,
    confirm: Confirm,
    decide: Decide,
    console: Console | None = None,
) -> bool:
    """Try a draft, or what a person made of it, on texts that people labelled; then put it into the prompt, or not.

    Args:
        definition: in place of the draft's.
        n_texts: at most, to try it on; MRARU_TRIAL_TEXTS when None.
        confirm: told the most that the trial can cost; False ends it.
        decide: asked after the trial whether to use the new definition.

    Returns:
        Whether it is used from now on.

    Raises:
        ProjectUnknown, DefinitionsInvalid: there is no such project, no such label in it, or the text is empty.
        NothingToDraft: there is no draft, and no definition was given.
        NothingToMeasure: no LLM is set, or there are no texts to try it on.
        ProjectBusy: the worker is in the middle of a round; nothing was asked.
        TeacherError: of the first call that failed; what was known by then is printed, and answers are kept.
    """
    console = console or _console()
    _, schema = find_known_project(services, project_id)
    controls = DefinitionControls(services, wake=lambda number: None)
    draft = controls.edit(project_id, find_label(schema, label), definition)
    console.print(f"{draft.label}: {make_printable(draft.definition)}")
    if not without_trial:
        trial = draft.trial
        if trial is None or n_texts is not None or not controls.is_tried(project_id, draft):
            trial = _try(services, project_id, draft, n_texts, confirm, console)
        if trial is None:
            console.print("It was not tried, and is not used.")
            return False
        is_better = trial.n_right_after > trial.n_right_before
        recommended = "use the new definition" if is_better else "keep what is in use, which is right as often or more"
        if not decide(f"Recommended: {recommended}. Use the new one?", is_better):
            console.print("The definition in use stays; the draft is kept.")
            return False
    controls.accept(project_id, draft.label, draft.definition, without_trial=True)
    console.print(f"'{draft.label}' is defined. {say_who_is_told(services)}")
    return True


def dismiss_draft(services: Services, project_id: int, label: str, console: Console | None = None) -> None:
    """Forget a draft.

    Raises:
        ProjectUnknown, DefinitionsInvalid: there is no such project, or no such label in it.
    """
    console = console or _console()
    services.require_store()
    was_there = DefinitionControls(services, wake=lambda number: None).dismiss(project_id, label)
    console.print("The draft is dismissed." if was_there else f"There is no draft of '{label}'.")


def describe_pair(pair: CorrectedClass, words: TeacherWords) -> str:
    """A corrected class in words.

    >>> print(describe_pair(CorrectedClass(teacher_label="sport", gold_label="tech", n_corrected=2, n_checked=4,
    ...                                    typical=()), TeacherWords(is_llm=True)))
    The LLM's 'sport' became 'tech' on 2 of 4 texts that people checked
    """
    return (
        f"The {words.name}'s '{pair.teacher_label}' became '{pair.gold_label}' on {pair.n_corrected} of "
        f"{pair.n_checked} texts that people checked"
    )


def _try(
    services: Services,
    project_id: int,
    draft: DefinitionDraft,
    n_texts: int | None,
    confirm: Confirm,
    console: Console,
) -> DraftTrial | None:
    """Run a trial and keep what came of it; None without consent to its cost."""
    project, schema = find_known_project(services, project_id)
    with services.definitions.open_trial(project, schema, draft, n_texts) as trial:
        cost = trial.bound_cost()
        if cost.n_questions and not confirm(_question(trial)):
            return None
        with services.store.hold_to_ask(project_id):
            outcome = trial.run()
    _print_trial(console, outcome.figures)
    if outcome.failure is not None:
        raise outcome.failure
    services.store.definition_drafts.save(
        project_id, replace(draft, status=DraftStatus.TRIED, trial=outcome.figures, reason="")
    )
    return outcome.figures


def _question(trial: PromptTrial) -> str:
    cost = trial.bound_cost()
    return (
        f"It is tried on {spell_quantity(len(trial.held_out.texts), 'text')} that people labelled, with the "
        "definition in use and with "
        f"the new one: {spell_quantity(cost.n_questions, 'call')} {choose_form(cost.n_questions, 'is', 'are')} "
        f"not paid yet and {choose_form(cost.n_questions, 'costs', 'cost')} at most ${cost.cost_bound_usd:.4f}. Go on?"
    )


def _print_trial(console: Console, trial: DraftTrial) -> None:
    before = describe(Accuracy(n_right=trial.n_right_before, n_checked=trial.n_texts))
    after = describe(Accuracy(n_right=trial.n_right_after, n_checked=trial.n_texts))
    chance = "hardly chance" if trial.p_value < SIGNIFICANT else "which may well be chance"
    console.print(f"  as it is:           {before}")
    console.print(f"  with the new one:   {after}")
    test = f"{chance} (McNemar's exact test, p = {trial.p_value:.3f})"
    console.print(f"  {trial.n_mended} corrected, {trial.n_broken} broken: {test}")


def _console() -> Console:
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
