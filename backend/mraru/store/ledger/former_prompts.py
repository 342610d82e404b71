"""Prompts that differ from an earlier one in a renamed label alone, so that no answer is paid for twice."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select
from sqlalchemy.dialects.sqlite import insert

from mraru.records import CHECK_PROMPT, DRAFT_PROMPT, REST_PROMPT, SHORTLIST_PROMPT, TeacherIdentity
from mraru.store.database import Database
from mraru.store.ledger.spending import CallStatus
from mraru.store.tables.label_tables import former_prompts
from mraru.store.tables.project_tables import calls


class FormerPromptRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def note_latest(
        self, project_id: int, identities: Collection[TeacherIdentity], old_label: str, names: Collection[str]
    ) -> None:
        """Note for each of these teachers under which prompt the project's last answer with an old label came.

        Of a teacher that shows examples, that is noted of its answers with and of those without any, each apart.

        Args:
            identities: of the teachers as they are asked from now on.
            old_label: the label that was renamed.
            names: itself, and labels that had become it before.
        """
        with self._database.write() as connection:
            for identity in identities:
                for version, former in _pair_versions(connection, project_id, identity, names):
                    connection.execute(
                        insert(former_prompts)
                        .values(
                            project_id=project_id,
                            model=identity.model,
                            server=identity.server,
                            prompt_version=version,
                            former_version=former,
                            old_label=old_label,
                        )
                        .on_conflict_do_nothing()
                    )

    def forget(self, project_id: int, old_labels: Collection[str]) -> None:
        """The renamings of these labels were taken back."""
        with self._database.write() as connection:
            connection.execute(
                delete(former_prompts).where(
                    former_prompts.c.project_id == project_id, former_prompts.c.old_label.in_(list(old_labels))
                )
            )

    def list_former(self, project_id: int, identity: TeacherIdentity) -> list[TeacherIdentity]:
        """The same teacher with each former prompt whose answers still hold, the latest first."""
        found: list[str] = []
        wanted = [*identity.versions]
        with self._database.read() as connection:
            while wanted:
                versions = connection.scalars(
                    select(former_prompts.c.former_version)
                    .where(
                        former_prompts.c.project_id == project_id,
                        former_prompts.c.model == identity.model,
                        former_prompts.c.server == identity.server,
                        former_prompts.c.prompt_version == wanted.pop(0),
                    )
                    .distinct()
                    .order_by(former_prompts.c.former_version)
                )
                fresh = [version for version in versions if version not in (*identity.versions, *found)]
                found += fresh
                wanted += fresh
        return [replace(identity, prompt_version=version, other_versions=()) for version in found]


def _pair_versions(
    connection: Connection, project_id: int, identity: TeacherIdentity, names: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Each version of a prompt as it is now, with the one that it was under the old label."""
    had_examples = func.json_type(calls.c.parameters, "$.examples").is_not(None)
    if not identity.other_versions:
        pairs = [(identity.prompt_version, _find_latest(connection, project_id, identity, names))]
    else:  # the first version is that with examples
        pairs = [
            (version, _find_latest(connection, project_id, identity, names, condition))
            for version, condition in zip(identity.versions, (had_examples, ~had_examples), strict=True)
        ]
    yield from ((version, former) for version, former in pairs if former is not None)


def _find_latest(
    connection: Connection,
    project_id: int,
    identity: TeacherIdentity,
    names: Collection[str],
    *conditions: ColumnElement[bool],
) -> str | None:
    is_shortlist = identity.prompt_version.startswith((SHORTLIST_PROMPT, REST_PROMPT))
    call, _, own = identity.prompt_version.rpartition("-")  # of several about a text
    of_shortlists = or_(
        *(calls.c.prompt_version.startswith(head, autoescape=True) for head in (SHORTLIST_PROMPT, REST_PROMPT))
    )
    is_alike = of_shortlists & ~calls.c.prompt_version.endswith(f"-{own}", autoescape=True)
    version: str | None = connection.scalar(
        select(calls.c.prompt_version)
        .where(
            calls.c.project_id == project_id,
            calls.c.status == CallStatus.ANSWERED,
            calls.c.model == identity.model,
            calls.c.server.in_({identity.server, ""}),
            calls.c.label.in_(list(names)),
            calls.c.prompt_version.not_in(identity.versions),
            ~calls.c.prompt_version.startswith(DRAFT_PROMPT, autoescape=True),
            ~calls.c.prompt_version.startswith(CHECK_PROMPT, autoescape=True),
            is_alike if is_shortlist else ~of_shortlists,
            *conditions,
        )
        .order_by(calls.c.call_id.desc())
        .limit(1)
    )
    # All calls about a text have one version but for its head, whichever of them the label came of.
    return f"{call}-{version.rpartition('-')[2]}" if version is not None and is_shortlist else version
