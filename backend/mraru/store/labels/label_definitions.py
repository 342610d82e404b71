"""What the team says that each label of a project means."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from mraru.store.database import Database
from mraru.store.tables.project_tables import label_definitions


class LabelDefinitionRepository:
    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def define(self, project_id: int, definitions: Mapping[str, str]) -> None:
        """Keep these definitions, all or none, by label as stored; an empty one removes the label's.

        Labels that are not named keep theirs.
        """
        at = self._clock()
        with self._database.write() as connection:
            for label, definition in definitions.items():
                if not definition.strip():
                    connection.execute(
                        delete(label_definitions).where(
                            label_definitions.c.project_id == project_id, label_definitions.c.label == label
                        )
                    )
                    continue
                values = {"definition": definition.strip(), "updated_at": at}
                connection.execute(
                    insert(label_definitions)
                    .values(project_id=project_id, label=label, **values)
                    .on_conflict_do_update(index_elements=["project_id", "label"], set_=values)
                )

    def copy(self, project_id: int, source: str, target: str) -> bool:
        """Give a label another one's definition, unless it has its own; returns whether it was given one."""
        definitions = self.list_all(project_id)
        if source not in definitions or target in definitions:
            return False
        self.define(project_id, {target: definitions[source]})
        return True

    def list_all(self, project_id: int) -> dict[str, str]:
        """Definitions by label as stored, sorted by label; also of labels that the label config no longer has."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(label_definitions.c.label, label_definitions.c.definition)
                .where(label_definitions.c.project_id == project_id)
                .order_by(label_definitions.c.label)
            ).all()
        return {row.label: row.definition for row in rows}
