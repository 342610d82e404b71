"""What became of an LLM's latest answers in a project: a label each, or the reason why there was none."""

from __future__ import annotations

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.sqlite import insert

from mraru.records import NONE_SHOWN, TeacherIdentity
from mraru.store.database import Database
from mraru.store.ledger.spending import CallStatus
from mraru.store.tables.project_tables import calls
from mraru.store.tables.teacher_tables import label_watches


class LabelWatchRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def list_reasons(self, project_id: int, identity: TeacherIdentity, limit: int) -> list[str | None]:
        """Why the latest answers named no label, None for those that did, the latest last.

        Answers from before `begin_anew` are left out, and those upon which other labels are shown.
        """
        with self._database.read() as connection:
            statement = (
                select(calls.c.label, calls.c.no_label_reason)
                .where(
                    calls.c.project_id == project_id,
                    calls.c.status == CallStatus.ANSWERED,
                    calls.c.model == identity.model,
                    calls.c.prompt_version.in_(identity.versions),
                    calls.c.server == identity.server,
                    calls.c.call_id > _begin(connection, project_id, identity),
                    func.coalesce(calls.c.no_label_reason, "") != NONE_SHOWN,
                )
                .order_by(calls.c.call_id.desc())
                .limit(limit)
            )
            rows = connection.execute(statement).all()
        return [None if row.label is not None else row.no_label_reason or "" for row in reversed(rows)]

    def begin_anew(self, project_id: int, identity: TeacherIdentity) -> None:
        """From the next call on answers count."""
        key = {
            "project_id": project_id,
            "server": identity.server,
            "model": identity.model,
            "prompt_version": identity.prompt_version,
        }
        with self._database.write() as connection:
            last = connection.scalar(select(func.max(calls.c.call_id)).where(calls.c.project_id == project_id)) or 0
            connection.execute(
                insert(label_watches)
                .values(**key, after_call_id=last)
                .on_conflict_do_update(index_elements=list(key), set_={"after_call_id": last})
            )


def _begin(connection: Connection, project_id: int, identity: TeacherIdentity) -> int:
    found = connection.scalar(
        select(label_watches.c.after_call_id).where(
            label_watches.c.project_id == project_id,
            label_watches.c.server == identity.server,
            label_watches.c.model == identity.model,
            label_watches.c.prompt_version == identity.prompt_version,
        )
    )
    return int(found or 0)
