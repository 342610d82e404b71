"""`mraru labels`: what the team says that each label means, as the teacher is told."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from mraru.answers import SEPARATOR
from mraru.bootstrap import Services
from mraru.cli.project_lookup import find_project
from mraru.errors import DefinitionsInvalid
from mraru.projects.syncing.question_changes import is_carried
from mraru.projects.syncing.renamed_sets import find_spread
from mraru.projects.syncing.set_aside import describe_set_aside, list_set_aside, suggest_command, undo_command
from mraru.quantities import spell_quantity
from mraru.teachers.prompting.definition_words import find_label, parse_definitions

TOLD = "The LLM is told from the next round on: a new prompt version, for which earlier answers are not used again."
TOLD_NOBODY = "No LLM is set that it could be told: the built-in zero-shot teacher goes by the labels' names alone."


def define_label(
    services: Services, project_id: int, label: str, definition: str, console: Console | None = None
) -> None:
    """Keep one definition; an empty one removes it.

    Raises:
        DefinitionsInvalid: the project has no such label.
    """
    console = console or _console()
    _, schema = find_project(services, project_id)
    stored = label
    if definition.strip() or label not in services.store.label_definitions.list_all(project_id):
        stored = find_label(schema, label)
    services.store.label_definitions.define(project_id, {stored: definition})
    done = f"'{label}' is defined." if definition.strip() else f"'{label}' has no definition now."
    console.print(f"{done} {say_who_is_told(services)}")


def load_labels(services: Services, project_id: int, file: Path, console: Console | None = None) -> None:
    """Keep all definitions of a file, or none if one of them cannot be used.

    Raises:
        DefinitionsInvalid: the file cannot be read, or names a label that the project does not have.
    """
    console = console or _console()
    try:
        written = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise DefinitionsInvalid(
            f"{file} cannot be read: {getattr(exc, 'strerror', None) or 'it is not UTF-8'}"
        ) from exc
    _, schema = find_project(services, project_id)
    definitions = parse_definitions(written, schema)
    services.store.label_definitions.define(project_id, definitions)
    n_removed = sum(not definition.strip() for definition in definitions.values())
    console.print(
        f"{spell_quantity(len(definitions) - n_removed, 'label')} defined, {n_removed} without definition. "
        f"{say_who_is_told(services)}"
    )


def say_who_is_told(services: Services) -> str:
    """What becomes of a definition that is kept now."""
    return TOLD_NOBODY if services.settings.uses_zero_shot else TOLD


def list_labels(services: Services, project_id: int, console: Console | None = None) -> None:
    """Print every label of the project with its hint and its definition, then what became of others."""
    console = console or _console()
    _, schema = find_project(services, project_id)
    renamed = services.store.label_renames.list_steps(project_id)
    definitions = services.store.label_definitions.list_all(project_id)
    drafts = {draft.label: draft for draft in services.store.definition_drafts.list_all(project_id)}
    for choice in schema.choices:
        alias = f" (alias {choice.alias})" if choice.alias else ""
        console.print(f"{choice.value}{alias}")
        if choice.hint:
            console.print(f"  hint: {choice.hint}")
        definition = definitions.pop(choice.stored, None)
        console.print("  definition: " + "\n    ".join(definition.splitlines()) if definition else "  no definition")
        draft = drafts.get(choice.stored)
        if draft is not None:
            console.print(f"  draft ({draft.status}): {draft.definition or draft.reason or 'not there yet'}")
    for label in definitions.keys() - renamed.keys():
        console.print(f"{label}\n  defined, but no label of this project any more: the LLM is not told")
    for set_aside in list_set_aside(services.store, project_id, schema):
        console.print(f"set aside, as the label config has it no more: {describe_set_aside(set_aside)}")
        console.print(f"  if it has another name now: {suggest_command(project_id, set_aside)}")
    with_a_label = {given for old in renamed for given in find_spread(renamed, old)} if schema.is_multiple else set()
    for old, new in renamed.items():
        is_whole = schema.questions or SEPARATOR in old
        if old in with_a_label or (is_whole and is_carried(old, new)):  # goes with its label, or with its questions
            continue
        console.print(f"'{old}' is read as '{new}'; to take that back: {undo_command(project_id, old)}")


def _console() -> Console:
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
