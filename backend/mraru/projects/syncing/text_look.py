"""A look at a project's texts before the first call: most of them may be addresses of texts.

People are told once, by a pause. Whoever starts the project after that means its texts as they are; the warning stays
for as long as it is true, and is how the next look knows that they were told.
"""

from __future__ import annotations

from mraru.errors import TextsUnfit
from mraru.labelstudio.texts.task_text import find_own_section
from mraru.labelstudio.texts.text_check import MOST_LOOKED_AT, describe_addresses
from mraru.projects.project_schema import schema_of
from mraru.store.projects.project_repository import STARTED_BY
from mraru.store.store import Store

WARNING_CODE = "texts-are-addresses"


def require_texts(store: Store, project_id: int) -> None:
    """See that the teacher will be asked about texts, unless people were told that it will not.

    Raises:
        TextsUnfit: most of them are addresses, and nobody was told; the project is to pause.
    """
    found = _look(store, project_id)
    if found is not None and not _is_told(store, project_id):
        raise TextsUnfit(found)


def pause_for_people(store: Store, project_id: int, found: str, at: float) -> None:
    """Pause until somebody starts the project, who is not stopped again over the same."""
    is_meant = "If the addresses are what is to be labelled,"
    store.projects.pause(project_id, f"{found} {is_meant} {STARTED_BY}.")
    note_addresses(store, project_id, found, at)  # after the pause: a worker that is killed between looks again


def note_addresses(store: Store, project_id: int, found: str, at: float) -> None:
    """Warn of what was found, so that it counts as told."""
    store.warnings.note(project_id, WARNING_CODE, found, at)


def look_again(store: Store, project_id: int, at: float) -> None:
    """Keep the warning true after a sync."""
    if not _is_told(store, project_id):
        return
    found = _look(store, project_id)
    if found is None:
        store.warnings.withdraw(project_id, WARNING_CODE)
    else:
        note_addresses(store, project_id, found, at)


def _look(store: Store, project_id: int) -> str | None:
    # The first by their hashes are drawn as if at random, and are the same at each look.
    hashes = store.tasks.list_text_hashes_from(project_id, "", MOST_LOOKED_AT)
    texts = store.tasks.load_texts(project_id, hashes).values()
    project = store.projects.get(project_id)
    assert project is not None  # it is worked on
    schema = schema_of(project)
    return describe_addresses([find_own_section(text, schema) for text in texts])


def _is_told(store: Store, project_id: int) -> bool:
    return any(warning.code == WARNING_CODE for warning in store.warnings.list_all(project_id))
