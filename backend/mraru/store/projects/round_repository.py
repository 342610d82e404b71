"""The rounds of each project and every visit of the sampler in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, Row, func, insert, select, update

from mraru.selection_records import SelectionEnd
from mraru.store.database import Database
from mraru.store.projects.asked_rounds import count_round
from mraru.store.tables.project_tables import rounds, visits

SLICE = 100  # rows per statement, below SQLite's limit of bound values


class RoundKind(StrEnum):
    SEED = "seed"  # draws until every class has a label, without a student
    MRARU = "mraru"
    RANDOM = "random"
    OTHER_STRATEGY = "other strategy"  # one that an installed package brings
    CORRECTIONS = "corrections"  # people's labels alone: the student is retrained, nobody is asked
    BATCH_ANSWERS = "batch answers"  # those of a batch job whose round was over before it


SAMPLED = (RoundKind.MRARU, RoundKind.RANDOM, RoundKind.OTHER_STRATEGY)


class RoundStep(StrEnum):
    """What the round does next: a restart goes on from here."""

    ASKING = "asking"
    TRAINING = "training"
    PUSHING = "pushing"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A row of `rounds`."""

    project_id: int
    number: int
    kind: RoundKind
    step: RoundStep
    student: str | None
    model_version: str | None
    n_pool: int
    n_visited: int  # visits: more than texts, where a pass over the pool was repeated
    n_accepted: int
    selection_end: SelectionEnd | None
    n_labels: int
    n_gold: int
    agreement: float | None
    n_pushed: int
    training_s: float | None
    started_at: float
    finished_at: float | None
    estimated_agreement: float | None = None  # what `agreement` would be on all texts, as far as visits tell
    mean_uncertainty: float | None = None  # of the visited texts, in [0, 1]; None: none was measured
    mean_confidence: float | None = None  # the student's highest probability, mean over them
    kappa: float | None = None  # with the student before, on the stop set
    n_compared: int = 0  # texts of the stop set
    n_gold_checked: int = 0  # gold that out-of-fold students judged
    n_gold_right: int = 0
    n_judged: int = 0  # teacher's labels that they judged
    n_contradicted: int = 0  # those that they confidently contradict
    calibration: str | None = None  # how the student was calibrated; None: it was not
    calibration_error_before: float | None = None  # expected, out of fold, in [0, 1]; None: too few labels to tell
    calibration_error_after: float | None = None

    @property
    def is_sampled(self) -> bool:
        """Whether its texts were drawn from the pool, with or without a student."""
        return self.kind in SAMPLED

    @property
    def acceptance_rate(self) -> float | None:
        """Of the visits; a text that a pass left over is visited once more by the next."""
        return self.n_accepted / self.n_visited if self.n_visited else None

    @property
    def n_looked_at(self) -> int:
        """Distinct texts that were visited: a second pass begins only when the first has been through the pool."""
        return min(self.n_visited, self.n_pool) if self.n_pool else self.n_visited  # seeding draws from no pool

    @property
    def share_asked(self) -> float | None:
        """Of the texts that were looked at, those that the teacher was asked about."""
        return self.n_accepted / self.n_looked_at if self.n_looked_at else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextVisit:
    """A visit of the sampler, by the text instead of its place in the pool."""

    text_hash: str
    acceptance_probability: float
    accepted: bool
    pass_number: int
    near_duplicate: bool = False  # drawn, but rejected: too similar to another text of the batch


def _round(row: Row[tuple[object, ...]]) -> Round:
    values = dict(row._mapping)
    values["kind"] = RoundKind(values["kind"])
    values["step"] = RoundStep(values["step"])
    if values["selection_end"] is not None:
        values["selection_end"] = SelectionEnd(values["selection_end"])
    return Round(**values)


def _is_under_way(connection: Connection, project_id: int, number: int) -> bool:
    """Whether it is a sampled round that is not done."""
    found = connection.scalar(
        select(func.count()).where(
            rounds.c.project_id == project_id,
            rounds.c.number == number,
            rounds.c.kind.in_(SAMPLED),
            rounds.c.step != RoundStep.DONE,
        )
    )
    return bool(found)


class RoundRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def open(
        self,
        project_id: int,
        *,
        number: int,
        kind: RoundKind,
        step: RoundStep,
        n_pool: int,
        selected: Sequence[TextVisit],
        selection_end: SelectionEnd | None,
        at: float,
    ) -> Round:
        """Begin a round and write down whom the sampler visited, before anybody is asked."""
        with self._database.write(project_id) as connection:
            connection.execute(
                insert(rounds).values(
                    project_id=project_id,
                    number=number,
                    kind=kind,
                    step=step,
                    n_pool=n_pool,
                    selection_end=selection_end,
                    started_at=at,
                )
            )
            if step is RoundStep.DONE and kind in SAMPLED:  # nothing was accepted
                count_round(connection, project_id)
            _add_visits(connection, project_id, number, selected)  # a round is never there without them
        opened = self.get(project_id, number)
        assert opened is not None
        return opened

    def add_visits(self, project_id: int, number: int, listed: Sequence[TextVisit]) -> None:
        with self._database.write(project_id) as connection:
            _add_visits(connection, project_id, number, listed)

    def update(self, project_id: int, number: int, **values: object) -> None:
        """Write down what has become of a round; the end of a sampled one counts for `projects.rounds_left`."""
        with self._database.write(project_id) as connection:
            if values.get("step") is RoundStep.DONE and _is_under_way(connection, project_id, number):
                count_round(connection, project_id)
            connection.execute(
                update(rounds).where(rounds.c.project_id == project_id, rounds.c.number == number).values(**values)
            )

    def get(self, project_id: int, number: int) -> Round | None:
        with self._database.read() as connection:
            row = connection.execute(
                select(rounds).where(rounds.c.project_id == project_id, rounds.c.number == number)
            ).first()
        return _round(row) if row else None

    def find_last(self, project_id: int, kind: RoundKind) -> Round | None:
        """The latest round of a kind, which may be under way."""
        of_kind = select(rounds).where(rounds.c.project_id == project_id, rounds.c.kind == kind)
        with self._database.read() as connection:
            row = connection.execute(of_kind.order_by(rounds.c.number.desc()).limit(1)).first()
        return _round(row) if row else None

    def list_all(self, project_id: int) -> list[Round]:
        with self._database.read() as connection:
            rows = connection.execute(
                select(rounds).where(rounds.c.project_id == project_id).order_by(rounds.c.number)
            ).all()
        return [_round(row) for row in rows]

    def count(self, project_id: int) -> int:
        with self._database.read() as connection:
            return connection.scalar(select(func.count()).where(rounds.c.project_id == project_id)) or 0

    def list_after(self, project_id: int, limit: int, after: int = 0) -> list[Round]:
        """So many rounds in the order of their numbers, from the one after the number `after`."""
        following = select(rounds).where(rounds.c.project_id == project_id, rounds.c.number > after)
        with self._database.read() as connection:
            rows = connection.execute(following.order_by(rounds.c.number).limit(limit)).all()
        return [_round(row) for row in rows]

    def list_newest(self, project_id: int, limit: int, offset: int = 0) -> list[Round]:
        """So many rounds, the last one first, without the `offset` newest."""
        newest = select(rounds).where(rounds.c.project_id == project_id).order_by(rounds.c.number.desc())
        with self._database.read() as connection:
            rows = connection.execute(newest.limit(limit).offset(offset)).all()
        return [_round(row) for row in rows]

    def list_acceptance_probabilities(self, project_id: int) -> dict[str, float]:
        """With what chance each text was accepted that ever was, by text hash."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(visits.c.text_hash, visits.c.acceptance_probability)
                .where(visits.c.project_id == project_id, visits.c.accepted)
                .order_by(visits.c.round_number, visits.c.visit_number)
            )
            return {row.text_hash: row.acceptance_probability for row in rows}

    def list_visits(self, project_id: int, number: int, *, limit: int | None = None, after: int = 0) -> list[TextVisit]:
        """The visits of a round in their order.

        Args:
            limit: at most so many; None: all.
            after: without so many of the first.
        """
        with self._database.read() as connection:
            rows = connection.execute(
                select(
                    visits.c.text_hash,
                    visits.c.acceptance_probability,
                    visits.c.accepted,
                    visits.c.pass_number,
                    visits.c.near_duplicate,
                )
                .where(
                    visits.c.project_id == project_id,
                    visits.c.round_number == number,
                    visits.c.visit_number > after,  # they are numbered from 1, without gaps
                )
                .order_by(visits.c.visit_number)
                .limit(limit)
            ).all()
        return [TextVisit(**row._mapping) for row in rows]


def _add_visits(connection: Connection, project_id: int, number: int, listed: Sequence[TextVisit]) -> None:
    n_before = (
        connection.scalar(
            select(func.count()).where(visits.c.project_id == project_id, visits.c.round_number == number)
        )
        or 0
    )
    rows = [
        {
            "project_id": project_id,
            "round_number": number,
            "visit_number": n_before + index,
            "text_hash": visit.text_hash,
            "acceptance_probability": visit.acceptance_probability,
            "accepted": visit.accepted,
            "pass_number": visit.pass_number,
            "near_duplicate": visit.near_duplicate,
        }
        for index, visit in enumerate(listed, start=1)
    ]
    for start in range(0, len(rows), SLICE):
        connection.execute(insert(visits), rows[start : start + SLICE])
    connection.execute(
        update(rounds)
        .where(rounds.c.project_id == project_id, rounds.c.number == number)
        .values(
            n_visited=rounds.c.n_visited + len(listed),
            n_accepted=rounds.c.n_accepted + sum(visit.accepted for visit in listed),
        )
    )
