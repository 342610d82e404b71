"""`/ready`: whether what comes in can be dealt with; `/health` says no more than that the process answers."""

from __future__ import annotations

import sqlite3
import tempfile
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Generic, TypeVar

from flask import Blueprint
from flask.typing import ResponseReturnValue

from mraru.bootstrap import Services
from mraru.errors import LabelStudioError, LabelStudioRefused, LabelStudioUnreachable, SettingsError
from mraru.store.database import ROOM_BYTES
from mraru.store.projects.worker_locks import list_workers
from mraru.store.store_faults import count_free, explain_fault

KEPT_S = 5.0  # seconds for which an answer is given again
LABEL_STUDIO_KEPT_S = 30.0  # seconds for which Label Studio is not asked again
LABEL_STUDIO_TIMEOUT_S = 3.0
BUSY_S = 1.0  # seconds to wait for a writer, who is no fault
RETRY_AFTER_S = 10
READY, NOT_READY = "READY", "NOT READY"

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadinessCheck:
    """One thing that was looked at; without paths, addresses or anything secret."""

    name: str
    ok: bool
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    status: str  # READY, or NOT READY where any check failed
    checks: list[ReadinessCheck]


class Kept(Generic[Found]):
    """What was found, for some seconds; of several who ask at once, one looks and the others take what is known."""

    def __init__(self, find: Callable[[], Found], kept_s: float, clock: Callable[[], float]) -> None:
        self._find, self._kept_s, self._clock = find, kept_s, clock
        self._guard = threading.Lock()
        self._known: tuple[float, Found] | None = None

    def get(self) -> Found:
        known = self._known
        if known is not None and 0 <= self._clock() - known[0] < self._kept_s:
            return known[1]
        if not self._guard.acquire(blocking=known is None):
            assert known is not None
            return known[1]  # somebody is looking
        try:
            if self._known is known:
                self._known = (self._clock(), self._find())
            assert self._known is not None
            return self._known[1]
        finally:
            self._guard.release()


def make_readiness_blueprint(services: Services) -> Blueprint:
    blueprint = Blueprint("readiness", __name__)
    label_studio = Kept(lambda: check_label_studio(services), LABEL_STUDIO_KEPT_S, services.clock)
    here = Kept(lambda: [check_store(services), check_worker(services), check_disk(services)], KEPT_S, services.clock)

    @blueprint.get("/ready")
    def ready() -> ResponseReturnValue:
        checks = [*here.get(), label_studio.get()]
        is_ready = all(check.ok for check in checks)
        told = asdict(Readiness(status=READY if is_ready else NOT_READY, checks=checks))
        return (told, 200) if is_ready else (told, 503, {"Retry-After": str(RETRY_AFTER_S)})

    return blueprint


def check_store(services: Services) -> ReadinessCheck:
    """A file can be written beside it, and it takes a writer; nothing is written into it."""
    path = services.store_path
    try:
        with tempfile.TemporaryFile(dir=path.parent) as file:
            file.write(b"0" * 4096)
            file.flush()
        with closing(_open(path)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("SELECT count(*) FROM projects").fetchone()
            connection.execute("ROLLBACK")
    except OSError as exc:
        return ReadinessCheck(
            name="store", ok=False, message=f"The folder of the store cannot be written: {exc.strerror}."
        )
    except sqlite3.Error as exc:
        if getattr(exc, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
            return ReadinessCheck(name="store", ok=True, message="The store is being written to at this moment.")
        kind = type(explain_fault(path, exc) or exc).__name__
        return ReadinessCheck(
            name="store", ok=False, message=f"The store cannot be used ({kind}): `mraru doctor` says what to do."
        )
    return ReadinessCheck(name="store", ok=True, message="The store can be read and written.")


def _open(path: Path) -> sqlite3.Connection:
    """Open a file that is there; none is made."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_S, isolation_level=None)


def check_worker(services: Services) -> ReadinessCheck:
    """A worker of the same folder is alive."""
    workers = list_workers(services.settings.model_dir)
    if workers is None:
        message = "Whether a worker runs cannot be seen on this disk."
    elif workers:
        message = "A worker is alive."
    else:
        message = "No worker is alive, so nothing is labelled and no webhook is dealt with: start `mraru serve`."
    return ReadinessCheck(name="worker", ok=workers != [], message=message)


def check_disk(services: Services) -> ReadinessCheck:
    """There is room for what is paid for."""
    free = count_free(services.store_path)
    if free is None:
        return ReadinessCheck(name="disk", ok=True, message="How much room is left cannot be seen.")
    shown = f"{free / 1e6:,.0f} MB are free on the disk of the store"
    if free < ROOM_BYTES:
        return ReadinessCheck(name="disk", ok=False, message=f"{shown}: no LLM is asked until there is more room.")
    return ReadinessCheck(name="disk", ok=True, message=f"{shown}.")


def check_label_studio(services: Services) -> ReadinessCheck:
    """Label Studio answers and knows whose token it is."""
    name, settings = "Label Studio", services.settings
    if settings.label_studio_url is None and settings.uses_setup_token:
        return ReadinessCheck(name=name, ok=True, message="Each project brings its own address and token.")
    try:
        with services.open_label_studio(LABEL_STUDIO_TIMEOUT_S) as client:
            client.find_user(once=True)
    except SettingsError:
        message = "LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY are not set, so no project can be worked on."
        return ReadinessCheck(name=name, ok=False, message=message)
    except LabelStudioUnreachable:
        return ReadinessCheck(name=name, ok=False, message="Label Studio does not answer.")
    except LabelStudioRefused:
        message = "Label Studio does not accept LABEL_STUDIO_API_KEY: `mraru doctor` says why."
        return ReadinessCheck(name=name, ok=False, message=message)
    except LabelStudioError:
        return ReadinessCheck(name=name, ok=False, message="What answers at LABEL_STUDIO_URL is no Label Studio.")
    return ReadinessCheck(name=name, ok=True, message="Label Studio answers and accepts the token.")
