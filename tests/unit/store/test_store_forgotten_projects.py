from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Integer, LargeBinary, Table, insert, select

from mraru.store.projects.forgotten_projects import KEPT_TABLES
from mraru.store.store import Store
from mraru.store.tables.project_tables import batch_jobs, batch_requests, calls, metadata, projects, tasks, vectors

GONE, OTHER = 1, 2


def of_projects() -> list[Table]:
    return [table for table in metadata.tables.values() if "project_id" in table.c]


def fill_in(column: Column[object], number: int) -> object:
    if isinstance(column.type, LargeBinary):
        return b"\0"
    if isinstance(column.type, Boolean):
        return True
    return number if isinstance(column.type, Integer | Float) else f"{column.name} {number}"


def fill(store: Store) -> None:
    """A row of each project in every table that has rows of projects, whatever it says."""
    with store.database.write() as connection:
        for table in of_projects():
            for number in (GONE, OTHER):
                row = {column.name: fill_in(column, number) for column in table.c if not column.nullable}
                connection.execute(insert(table).values(row | {"project_id": number}))


def projects_in(store: Store, table: Table) -> set[int]:
    with store.database.read() as connection:
        return set(connection.scalars(select(table.c.project_id)))


def test_everything_of_a_project_goes_but_its_calls_and_nothing_of_another(store: Store) -> None:
    fill(store)
    store.forgotten_projects.forget(GONE)
    left = {table.name: projects_in(store, table) for table in of_projects()}
    kept = {table.name for table in KEPT_TABLES}
    assert left == {name: {GONE, OTHER} if name in kept else {OTHER} for name in left}
    assert store.forgotten_projects.count_calls(GONE) == 1
    assert len(left) > 20
    assert {projects.name, calls.name} <= left.keys()


def test_vectors_that_another_project_needs_stay(store: Store) -> None:
    with store.database.write() as connection:
        for number, (project_id, text_hash) in enumerate([(GONE, "its own"), (GONE, "shared"), (OTHER, "shared")]):
            row = {"project_id": project_id, "task_id": number, "text": "a text", "text_hash": text_hash, "overlap": 1}
            connection.execute(insert(tasks).values(row))
        for text_hash in ("its own", "shared", "of no task"):
            connection.execute(insert(vectors).values(model="m", text_hash=text_hash, vector=b"\0"))
    store.forgotten_projects.forget(GONE)
    with store.database.read() as connection:
        assert set(connection.scalars(select(vectors.c.text_hash))) == {"shared", "of no task"}


def test_requests_of_its_batch_jobs_go_with_them(store: Store) -> None:
    fill(store)
    with store.database.write() as connection:
        for job in connection.execute(select(batch_jobs)).all():
            row = {"call_id": job.job_id, "job_id": job.job_id, "text_hash": "h", "body": "{}"}
            connection.execute(insert(batch_requests).values(row))
    store.forgotten_projects.forget(GONE)
    with store.database.read() as connection:
        of_other = connection.scalars(select(batch_jobs.c.job_id)).all()
        assert connection.scalars(select(batch_requests.c.job_id)).all() == of_other
