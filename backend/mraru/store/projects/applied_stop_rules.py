"""Which rules of quality ended the rounds of each project, and which of them people overruled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update

from mraru.store.database import Database
from mraru.store.tables.project_tables import stop_rules


@dataclass(frozen=True, slots=True, kw_only=True)
class FiredRule:
    """A row of `stop_rules`."""

    rule: str
    reason: str  # in words, as when it fired
    fired_at: float  # seconds since 1970
    overruled_until: int | None  # sampled rounds done by then; None: it stands


class StopRuleRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def list_all(self, project_id: int) -> list[FiredRule]:
        """Those that stand and those that are overruled, by name."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(stop_rules.c.rule, stop_rules.c.reason, stop_rules.c.fired_at, stop_rules.c.overruled_until)
                .where(stop_rules.c.project_id == project_id)
                .order_by(stop_rules.c.rule)
            ).all()
        return [FiredRule(**row._mapping) for row in rows]

    def note(self, project_id: int, fired: Mapping[str, str], n_rounds: int, at: float) -> dict[str, str]:
        """Write down which rules hold now, and return those that nobody has overruled.

        Args:
            fired: the reason of each rule that holds.
            n_rounds: sampled rounds done; what was overruled until then counts again.
        """
        known = {row.rule: row for row in self.list_all(project_id)}
        overruled = {
            rule for rule, row in known.items() if row.overruled_until is not None and n_rounds < row.overruled_until
        }
        standing = {rule: reason for rule, reason in fired.items() if rule not in overruled}
        counting = {rule: row for rule, row in known.items() if rule not in overruled}
        is_known = standing == {rule: row.reason for rule, row in counting.items()}
        if is_known and all(row.overruled_until is None for row in counting.values()):
            return standing  # the usual case: nothing to write
        with self._database.write() as connection:
            connection.execute(
                delete(stop_rules).where(stop_rules.c.project_id == project_id, stop_rules.c.rule.in_(counting))
            )
            for rule, reason in standing.items():
                row = known.get(rule)
                fired_at = at if row is None or row.overruled_until is not None else row.fired_at
                connection.execute(
                    insert(stop_rules).values(project_id=project_id, rule=rule, reason=reason, fired_at=fired_at)
                )
        return standing

    def overrule(self, project_id: int, until_n_rounds: int) -> list[str]:
        """Let the rounds go on in spite of the rules that stand, and return their names.

        Args:
            until_n_rounds: sampled rounds done by then; the rules count again from there on.
        """
        stands = (stop_rules.c.project_id == project_id) & stop_rules.c.overruled_until.is_(None)
        with self._database.write() as connection:
            names = list(connection.scalars(select(stop_rules.c.rule).where(stands).order_by(stop_rules.c.rule)))
            connection.execute(update(stop_rules).where(stands).values(overruled_until=until_n_rounds))
        return names
