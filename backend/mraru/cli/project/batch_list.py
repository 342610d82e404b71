"""`mraru batches`: the batch jobs of a project, and the end of one."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mraru.bootstrap import Services
from mraru.errors import StoreError
from mraru.projects.project_schema import schema_of
from mraru.store.ledger.batch_jobs import BatchStatus

HOUR_S = 3600.0


def list_batches(services: Services, project_id: int, console: Console | None = None) -> None:
    """Print a table of the jobs, the latest first."""
    console = console or Console(highlight=False, markup=False, emoji=False)
    jobs = services.store.batch_jobs.list_all(project_id) if services.has_store else []
    if not jobs:
        console.print(f"Project {project_id} has had no batch job.")
        return
    costs = _costs_of_jobs(services, project_id)
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in ("job", "round", "status", "done", "age", "cost", "model", "number at the server", "what happened"):
        table.add_column(name, justify="right" if name in ("job", "round", "done", "age", "cost") else "left")
    now = services.clock()
    for job in reversed(jobs):
        cells = (
            str(job.job_id),
            str(job.round_number),
            str(job.status),
            f"{job.n_done:,} of {job.n_requests:,}",
            _age(now - job.created_at),
            f"${costs.get(job.job_id, 0.0):.4f}",
            job.model,
            job.remote_id or "",
            job.error or "",
        )
        table.add_row(*map(Text, cells))  # not markup: what a server says may hold brackets
    console.print(table)


def cancel_batch(services: Services, project_id: int, job_id: int, console: Console | None = None) -> None:
    """Have the server end a job; the worker, or the next `mraru round`, takes over what was answered by then.

    Raises:
        StoreError: the project has no such job, or it is not under way.
        TeacherError: the server did not do it.
    """
    console = console or Console(highlight=False, markup=False, emoji=False)
    job = services.store.batch_jobs.get(job_id) if services.has_store else None
    project = services.store.projects.get(project_id) if job is not None else None
    if job is None or project is None or job.project_id != project_id:
        raise StoreError(f"Project {project_id} has no batch job {job_id}: `mraru batches {project_id}` lists them.")
    if job.status is not BatchStatus.UNDER_WAY or job.remote_id is None:
        raise StoreError(f"Batch job {job_id} is not under way at the server ({job.status}): nothing to cancel.")
    teachers = services.batch_teachers.for_project(project, schema_of(project))
    server = next((teacher.server for teacher in teachers if teacher.identity.server == job.server), None)
    if server is None:
        raise StoreError(f"Batch job {job_id} is at {job.server}: set the LLM's server to it to cancel the job.")
    server.cancel(job.remote_id)
    services.store.batch_jobs.update(job_id, error=_CANCELLED_BY_HAND)
    console.print(
        f"Batch job {job_id} is being cancelled. What it has answered is kept; the rest of its texts are asked about "
        "at once when the worker, or `mraru round`, next looks at it."
    )


_CANCELLED_BY_HAND = "cancelled by `mraru batches --cancel`"


def _costs_of_jobs(services: Services, project_id: int) -> dict[int, float]:
    costs: dict[int, float] = {}
    for line in services.store.ledger_lines.list_all(project_id):
        if line.batch_job_id is not None and line.status == "answered":
            costs[line.batch_job_id] = costs.get(line.batch_job_id, 0.0) + line.cost_usd
    return costs


def _age(seconds: float) -> str:
    """As people say it.

    >>> _age(90), _age(7200)
    ('2 min', '2.0 h')
    """
    return f"{seconds / 60:.0f} min" if seconds < HOUR_S else f"{seconds / HOUR_S:.1f} h"
