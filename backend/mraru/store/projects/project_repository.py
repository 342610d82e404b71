"""The state of each project: what it is, and what is being done."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Row, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from mraru.errors import ProjectReplaced
from mraru.records import ProjectDescription
from mraru.schema_records import NOTHING_CHOSEN, ConfigSelection
from mraru.store.database import Database
from mraru.store.projects.creation_times import is_same_moment
from mraru.store.projects.selection_columns import read_selection, to_columns
from mraru.store.tables.project_tables import projects


class ProjectState(StrEnum):
    """What a project is waiting for."""

    CONNECTED = "connected"  # known, but nobody has started it
    DISCONNECTED = "disconnected"  # taken out of Label Studio; nothing is done until it is connected again
    RUNNING = "running"  # rounds go on
    PAUSED = "paused"  # goes on by itself at `retry_at`, or when a person starts it again
    STOPPED = "stopped"  # a stop rule fired; `reason` says which
    FAILED = "failed"  # people must mend something; `reason` says what
    GONE = "gone"  # Label Studio has no such project, or hides it from us; looked at again at `retry_at`


NOT_STARTED = (ProjectState.CONNECTED, ProjectState.DISCONNECTED)
BROKEN = (ProjectState.FAILED, ProjectState.GONE)  # also where a person paused it
STARTED_BY = "start it on the dashboard, with `mraru start PROJECT` or by Start Training in Label Studio"
PAUSED_BY_PERSON = f"paused by a person: {STARTED_BY}"
ROUNDS_DONE = f"the round that a person asked for is done: {STARTED_BY}"


class ProgressPhase(StrEnum):
    """What is being done now, in words that people read."""

    IDLE = ""
    SYNCING = "reading tasks"
    SEEDING = "seeding"
    SELECTING = "selecting"
    ASKING = "asking the teacher"
    WAITING = "waiting for a batch job"
    TRAINING = "training the student"
    EMBEDDING = "embedding"
    PUSHING = "writing predictions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A row of `projects`."""

    project_id: int
    title: str
    instruction: str
    label_config: str
    created_at: str
    state: ProjectState
    reason: str
    phase: ProgressPhase
    n_done: int
    n_total: int
    served_version: str | None
    served_round: int | None
    is_seeded: bool
    n_corrections: int
    last_correction_at: float | None
    is_sync_due: bool
    synced_at: float | None
    hostname: str | None
    access_token: str | None
    backend_url: str | None
    is_allowed: bool  # whether people here, or Label Studio asked with the team's token, said that rounds may begin
    start_asked_at: float | None  # seconds since 1970; rounds were asked for, and it is to be seen whether they may
    retry_at: float | None
    is_wanted: bool
    is_webhook_secured: bool
    again_at: float | None = 0.0  # see store.due_projects
    rounds_left: int | None = None  # sampled rounds until it pauses for people; None: no end
    maximum_annotations: int = 1
    overlap_cohort_percentage: int = 100
    skip_queue: str = ""
    selection: ConfigSelection = NOTHING_CHOSEN  # how the label config is read, as of the last sync

    @property
    def is_started(self) -> bool:
        """Whether somebody has started it, and it was not disconnected since."""
        return self.state not in NOT_STARTED

    @property
    def waits_for_people(self) -> bool:
        """Whether it waits for people to start it: they paused it, or what they asked for is done; also once failed."""
        return self.rounds_left == 0

    @property
    def has_given_up(self) -> bool:
        """Whether it paused by itself until people have seen to what `reason` says, and start it."""
        is_paused = self.state is ProjectState.PAUSED and self.waits_for_people
        return is_paused and self.reason not in (PAUSED_BY_PERSON, ROUNDS_DONE)

    @property
    def may_ask(self) -> bool:
        """Whether a call to the teacher may begin."""
        return self.state not in BROKEN and not self.waits_for_people

    def __repr__(self) -> str:  # the generated one would print the token
        return f"Project(project_id={self.project_id}, title={self.title!r}, state={self.state})"


def _project(row: Row[tuple[object, ...]]) -> Project:
    values = dict(row._mapping)
    values["state"] = ProjectState(values["state"])
    values["phase"] = ProgressPhase(values["phase"])
    return Project(selection=read_selection(values), **values)


class ProjectRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, project_id: int) -> Project | None:
        with self._database.read() as connection:
            row = connection.execute(select(projects).where(projects.c.project_id == project_id)).first()
        return _project(row) if row else None

    def list_all(self) -> list[Project]:
        with self._database.read() as connection:
            rows = connection.execute(select(projects).order_by(projects.c.project_id)).all()
        return [_project(row) for row in rows]

    def connect(
        self,
        project_id: int,
        *,
        label_config: str,
        hostname: str | None,
        access_token: str | None,
        backend_url: str | None,
        selection: ConfigSelection = NOTHING_CHOSEN,
    ) -> bool:
        """Note what `/setup` said; True when the project is new here.

        The label config of a known project, and how it is read, change with the next sync, which sees what that means.
        """
        said = {"hostname": hostname, "access_token": access_token, "backend_url": backend_url}
        known = self.get(project_id)
        if known is not None and all(getattr(known, name) == value for name, value in said.items()):
            return False  # the usual case, at every next task: nothing to write
        new = {"state": ProjectState.CONNECTED, "label_config": label_config, **to_columns(selection), **said}
        statement = insert(projects).values(project_id=project_id, **new)
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["project_id"], set_=said))
        return known is None

    def require_same(self, description: ProjectDescription) -> Project | None:
        """The stored one, if any; ProjectReplaced where that was made at another time than Label Studio's."""
        known = self.get(description.project_id)
        if known is not None and not is_same_moment(known.created_at, description.created_at):
            raise ProjectReplaced.of(known.project_id, known.created_at, description.created_at)
        return known

    def describe(self, description: ProjectDescription, selection: ConfigSelection | None = None) -> None:
        """Note what Label Studio's API says of the project, and how its label config is read; None: as before.

        Raises:
            ProjectReplaced: the stored project of this number was made at another time.
        """
        known = self.require_same(description)
        values: dict[str, object] = {
            "title": description.title,
            "instruction": description.instruction,
            "label_config": description.label_config,
            "created_at": description.created_at or (known.created_at if known is not None else ""),
            "maximum_annotations": description.maximum_annotations,
            "overlap_cohort_percentage": description.overlap_cohort_percentage,
            "skip_queue": description.skip_queue,
            **(to_columns(selection) if selection is not None else {}),
        }
        if known is not None and selection not in (None, known.selection):
            values["is_seeded"] = False  # of what is asked now, labels may lack an example
        statement = insert(projects).values(project_id=description.project_id, state=ProjectState.CONNECTED, **values)
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["project_id"], set_=values))

    def set_state(self, project_id: int, state: ProjectState, reason: str = "", retry_at: float | None = None) -> None:
        """Say what the loop of a started project is at; one that was disconnected meanwhile stays so.

        One that a person paused stays paused: it can only fail or be gone, and is paused again once that is put right.
        """
        started = update(projects).where(projects.c.project_id == project_id, projects.c.state.not_in(NOT_STARTED))
        is_paused = projects.c.rounds_left == 0
        with self._database.write(project_id) as connection:
            if state in BROKEN:
                connection.execute(started.values(state=state, reason=reason, retry_at=retry_at))
                return
            connection.execute(
                started.where(or_(projects.c.rounds_left.is_(None), ~is_paused)).values(
                    state=state, reason=reason, retry_at=retry_at
                )
            )
            connection.execute(
                started.where(is_paused, projects.c.state.in_(BROKEN)).values(
                    state=ProjectState.PAUSED, reason=PAUSED_BY_PERSON, retry_at=None
                )
            )

    def start(self, project_id: int, n_rounds: int | None = None) -> None:
        """Begin or go on with the rounds, tasks and annotations read anew; ends a person's pause.

        Only for what people here asked for, or what was seen to be allowed: see `ask_start`.

        Args:
            n_rounds: sampled rounds, of which one under way is the first, after which it pauses; None: no end.
        """
        values = {"state": ProjectState.RUNNING, "reason": "", "retry_at": None, "rounds_left": n_rounds}
        self._update(project_id, is_sync_due=True, is_allowed=True, start_asked_at=None, **values)

    def ask_start(self, project_id: int, at: float) -> None:
        """Note that a request that anybody could have sent asks for rounds; the worker sees whether it may."""
        is_idle = projects.c.state.in_(NOT_STARTED)
        values = {
            "state": ProjectState.CONNECTED,
            "reason": "",
            "start_asked_at": func.coalesce(projects.c.start_asked_at, at),
        }
        with self._database.write() as connection:
            connection.execute(update(projects).where(projects.c.project_id == project_id, is_idle).values(**values))

    def refuse_start(self, project_id: int, reason: str) -> None:
        """What asked for rounds may not have them."""
        self._update(project_id, start_asked_at=None, reason=reason)

    def lift_limit(self, project_id: int) -> None:
        """Take back that a started project pauses after a number of rounds."""
        counted = projects.c.rounds_left.is_not(None)
        is_here = (projects.c.project_id == project_id, projects.c.state.not_in(NOT_STARTED), counted)
        is_paused = (*is_here, projects.c.rounds_left == 0, projects.c.state == ProjectState.PAUSED)
        with self._database.write() as connection:
            connection.execute(update(projects).where(*is_paused).values(state=ProjectState.RUNNING, reason=""))
            connection.execute(update(projects).where(*is_here).values(rounds_left=None))

    def pause(self, project_id: int, reason: str = PAUSED_BY_PERSON) -> bool:
        """Pause a started project until somebody starts it; False where nobody had."""
        with self._database.write() as connection:
            result = connection.execute(
                update(projects)
                .where(projects.c.project_id == project_id, projects.c.state.not_in(NOT_STARTED))
                .values(state=ProjectState.PAUSED, reason=reason, retry_at=None, rounds_left=0)
            )
        return result.rowcount > 0

    def await_start(self, project_id: int) -> None:
        """Leave the project alone until somebody starts it."""
        self._update(project_id, state=ProjectState.CONNECTED, reason="", retry_at=None, rounds_left=None)

    def disconnect(self, project_id: int) -> None:
        """Leave the project alone until it is connected again."""
        values = {"state": ProjectState.DISCONNECTED, "reason": "", "retry_at": None, "rounds_left": None}
        self._update(project_id, is_allowed=False, start_asked_at=None, **values)

    def set_progress(self, project_id: int, phase: ProgressPhase, n_done: int = 0, n_total: int = 0) -> None:
        self._update(project_id, phase=phase, n_done=n_done, n_total=n_total)

    def set_served(self, project_id: int, model_version: str, round_number: int) -> None:
        self._update(project_id, served_version=model_version, served_round=round_number)

    def set_seeded(self, project_id: int, *, is_seeded: bool = True) -> None:
        """Whether labels without an example were looked for; if not, the next round does."""
        self._update(project_id, is_seeded=is_seeded)

    def request_sync(self, project_id: int) -> None:
        self._update(project_id, is_sync_due=True)

    def try_again(self, project_id: int) -> None:
        """Look at it anew now, whatever it waits for."""
        self._update(project_id, is_sync_due=True, retry_at=None)

    def begin_sync(self, project_id: int, at: float) -> None:
        """From here on, a request for another sync counts again."""
        self._update(project_id, is_sync_due=False, synced_at=at)

    def set_wanted(self, project_id: int, is_wanted: bool) -> None:
        """Leave word for the holder of the project's lease that there is more to do."""
        self._update(project_id, is_wanted=is_wanted)

    def set_webhook_secured(self, project_id: int, is_secured: bool = True) -> None:
        self._update(project_id, is_webhook_secured=is_secured)

    def forget_corrections(self, project_id: int, n_corrections: int) -> None:
        """These corrections are in a trained student now; later ones still count."""
        self._update(project_id, n_corrections=projects.c.n_corrections - n_corrections)

    def _update(self, project_id: int, **values: object) -> None:
        with self._database.write(project_id) as connection:
            connection.execute(update(projects).where(projects.c.project_id == project_id).values(**values))
