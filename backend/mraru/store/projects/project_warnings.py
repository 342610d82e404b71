"""What people should know of a project, each by its code until it is so no more."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from mraru.store.database import Database
from mraru.store.tables.project_tables import warnings


class WarningLevel(StrEnum):
    """How much a warning matters."""

    INFO = "info"  # good to know
    WARNING = "warning"  # the rounds bring less than they could
    ERROR = "error"  # the rounds bring next to nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectWarning:
    """Something that people should know, with its remedy."""

    code: str
    message: str
    level: WarningLevel = WarningLevel.WARNING
    remedy: str = ""  # empty where the message says it
    written_at: float | None = field(default=None, compare=False)  # seconds since 1970: its figures are of then

    @property
    def is_serious(self) -> bool:
        """Whether people should see to it; else it is good to know."""
        return self.level is not WarningLevel.INFO


class WarningRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def note(
        self,
        project_id: int,
        code: str,
        message: str,
        at: float,
        *,
        level: WarningLevel = WarningLevel.WARNING,
        remedy: str = "",
    ) -> None:
        values = {"message": message, "created_at": at, "level": level, "remedy": remedy}
        statement = insert(warnings).values(project_id=project_id, code=code, **values)
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["project_id", "code"], set_=values))

    def withdraw(self, project_id: int, code: str) -> None:
        with self._database.write() as connection:
            connection.execute(delete(warnings).where(warnings.c.project_id == project_id, warnings.c.code == code))

    def list_all(self, project_id: int) -> list[ProjectWarning]:
        with self._database.read() as connection:
            rows = connection.execute(
                select(warnings.c.code, warnings.c.message, warnings.c.level, warnings.c.remedy, warnings.c.created_at)
                .where(warnings.c.project_id == project_id)
                .order_by(warnings.c.created_at, warnings.c.code)
            ).all()
        return [
            ProjectWarning(
                code=row.code,
                message=row.message,
                level=WarningLevel(row.level),
                remedy=row.remedy,
                written_at=row.created_at,
            )
            for row in rows
        ]
