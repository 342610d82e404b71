"""`mraru labels rename` and `ask-again`: what becomes of the labels that the label config has no more."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console

from mraru.bootstrap import Services
from mraru.errors import DefinitionsInvalid, LabelStudioError, ProjectUnknown, RenamingInvalid, SettingsError
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.project_schema import schema_of
from mraru.projects.syncing.label_renaming import LabelRenaming, forget_answers, rename_label, take_back_renaming
from mraru.projects.syncing.set_aside import count_in_words, undo_command
from mraru.records import TeacherIdentity
from mraru.schema_records import LabelSchema
from mraru.store.projects.project_repository import Project
from mraru.teachers.combined.several_teachers import list_identities
from mraru.teachers.prompting.definition_words import find_label


def rename_command(
    services: Services,
    project_id: int,
    old: str,
    new: str | None,
    *,
    undo: bool = False,
    wake: Callable[[int], None],
    console: Console | None = None,
) -> None:
    """Rename, or take a renaming back, and say what counts now; nobody is asked anything.

    Args:
        new: by its value or its alias; None to take the renaming back.
        wake: has the worker look at the project.

    Raises:
        ProjectUnknown: this backend does not know the project.
        RenamingInvalid: the label cannot be renamed so; nothing was changed.
        LabelConfigError: the project's label config is not supported.
    """
    console = console or _make_console()
    store, project = services.require_store(), _find_project(services, project_id)
    if undo == (new is not None):
        raise RenamingInvalid("Say what the label is called now, or --undo to take a renaming back.")
    schema = _read_schema(services, project)
    with store.database.write():  # all of it, or nothing
        if new is None:
            renaming = take_back_renaming(store, project_id, schema, old=old, at=services.clock())
        else:
            renaming = rename_label(
                store,
                project_id,
                schema,
                old=old,
                new=_find_label(schema, project_id, new),
                identify_teachers=lambda: _identify_teachers(services, project, schema),
                at=services.clock(),
            )
        if renaming.changed:
            store.projects.request_sync(project_id)
    if renaming.changed:
        wake(project_id)
    console.print(describe_taking_back(renaming) if undo else describe_renaming(project_id, renaming))


def ask_again_command(
    services: Services, project_id: int, label: str, *, wake: Callable[[int], None], console: Console | None = None
) -> None:
    """Let the LLM be asked again about the texts that it gave a label which is gone.

    Raises:
        ProjectUnknown: this backend does not know the project.
        RenamingInvalid: nothing is set aside under this label.
        LabelConfigError: the project's label config is not supported.
    """
    console = console or _make_console()
    store, project = services.require_store(), _find_project(services, project_id)
    schema = _read_schema(services, project)
    with store.database.write():
        n_texts = forget_answers(store, project_id, schema, label=label, at=services.clock())
        store.projects.request_sync(project_id)
    wake(project_id)
    texts = "1 text that was" if n_texts == 1 else f"{n_texts} texts that were"
    console.print(
        f"{texts} labelled '{label}' may be asked about again, as rounds choose them and the budget allows. "
        "What was paid for before stays in the ledger."
    )


def describe_renaming(project_id: int, renaming: LabelRenaming) -> str:
    """What came of it, in words.

    >>> describe_renaming(12, LabelRenaming(old="B", new="Beta", changed=False))
    "'B' is read as 'Beta' already: nothing changed."
    """
    old, new = renaming.old, renaming.new
    if not renaming.changed:
        return f"'{old}' is read as '{new}' already: nothing changed."
    told = f" An LLM is told its definition for '{new}'." if renaming.has_definition else ""
    return (
        f"'{old}' is read as '{new}' from now on: {_count(renaming)} count again, and nobody was asked anything. "
        f"Annotations in Label Studio stay as they are.{told} The student learns it with its next training. "
        f"To take it back: {undo_command(project_id, old)}"
    )


def describe_taking_back(renaming: LabelRenaming) -> str:
    """What came of it, in words.

    >>> describe_taking_back(LabelRenaming(old="B", new="Beta", changed=True, n_people=1, n_teacher=2))
    "'B' is not read as 'Beta' any more: 1 label of people and 2 of the LLM are set aside."
    """
    is_one = renaming.n_people + renaming.n_teacher == 1
    return (
        f"'{renaming.old}' is not read as '{renaming.new}' any more: {_count(renaming)} {'is' if is_one else 'are'} "
        "set aside."
    )


def _make_console() -> Console:
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=True)


def _find_project(services: Services, project_id: int) -> Project:
    project = services.store.projects.get(project_id)
    if project is None:
        raise ProjectUnknown(f"This backend does not know project {project_id}: connect it first.")
    return project


def _count(renaming: LabelRenaming) -> str:
    return count_in_words(renaming.n_people, renaming.n_teacher, renaming.is_zero_shot)


def _read_schema(services: Services, project: Project) -> LabelSchema:
    """The labels as Label Studio has them now, or as they were read last where it does not answer."""
    try:
        described = services.label_studio(project.project_id).describe_project(project.project_id)
    except (LabelStudioError, SettingsError):
        return schema_of(project)
    return parse_label_config(described.label_config, services.selection_for(project.project_id))


def _find_label(schema: LabelSchema, project_id: int, named: str) -> str:
    if named in schema.labels:
        return named
    try:
        return find_label(schema, named)
    except DefinitionsInvalid as exc:
        raise RenamingInvalid(str(exc)) from exc


def _identify_teachers(services: Services, project: Project, schema: LabelSchema) -> list[TeacherIdentity]:
    """Who is asked one by one."""
    return list_identities(services.teachers.for_rounds(project, schema))
