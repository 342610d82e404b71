"""`mraru demo`: a real Label Studio, the backend, real texts, and what goes on as progress bars."""

from __future__ import annotations

import secrets
import signal
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dotenv import set_key
from rich.console import Console
from rich.status import Status
from rich.text import Text

from mraru.bootstrap import Services
from mraru.cli.demonstration.demo_display import RoundDisplay, print_addresses, print_summary
from mraru.cli.label_studio.connect_words import connect_to_backend
from mraru.demo.backend_process import BackendProcess
from mraru.demo.demo_project import find_or_make_project
from mraru.demo.former_projects import pause_former_projects
from mraru.demo.label_studio_environment import LABEL_STUDIO_VERSION, ensure_label_studio
from mraru.demo.label_studio_server import LabelStudioServer, create_personal_access_token, free_port, sign_up
from mraru.demo.sample_texts import SampleTexts, load_bbc_news, load_csv
from mraru.errors import DemoError
from mraru.labelstudio.api.label_studio_client import LabelStudioClient
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.settings import Settings
from mraru.teachers.zero_shot.zero_shot_record import ADVICE, describe_record

EMAIL = "demo@example.com"
DEFAULT_ROUNDS = 10
ROUNDS_WITH_ONCE = 3
POLL_S = 0.3  # seconds between two looks at the backend


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    once: bool
    rounds: int | None
    csv: Path | None
    text_column: str | None
    labels: tuple[str, ...] | None
    limit: int | None
    folder: Path
    label_studio_venv: Path


def run_demo(settings: Settings, options: DemoOptions) -> int:
    """Run the demo; with `once` it ends after the rounds, else at Ctrl-C. Stops all that it started.

    Raises:
        DemoError: something could not be started, or the rounds failed; says what.
    """
    console = Console(highlight=False)
    stopping = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stopping.set())
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    }
    try:
        samples = _load_samples(options)
        for note in samples.notes:
            console.print(note, markup=False, soft_wrap=True)
        with ExitStack() as stack:
            _run(settings, options, samples, console, stopping, stack)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    console.print("Stopped.")
    return 0


def _load_samples(options: DemoOptions) -> SampleTexts:
    samples = load_csv(options.csv, options.text_column, options.labels) if options.csv else load_bbc_news()
    return samples.first(options.limit)


def _run(
    settings: Settings,
    options: DemoOptions,
    samples: SampleTexts,
    console: Console,
    stopping: threading.Event,
    stack: ExitStack,
) -> None:
    options.folder.mkdir(parents=True, exist_ok=True)
    folder = options.folder.resolve()
    if (folder / "backend").exists():
        console.print(f"This goes on with what is in {folder}. To begin anew, remove that folder.", markup=False)
    password = _keep_password(folder / "password")
    label_studio = _find_label_studio(options.label_studio_venv.absolute(), console)
    with console.status("Starting Label Studio") as status:
        server = LabelStudioServer(
            label_studio,
            folder / "label-studio",
            free_port(8080),
            on_line=_show(status, "Starting Label Studio"),
        )
        stack.enter_context(server)
        sign_up(server.url, EMAIL, password)
        token = create_personal_access_token(server.url, EMAIL, password)
    with console.status("Importing texts") as status:
        project_id = find_or_make_project(
            server.url, token, samples, lambda n, total: status.update(f"Importing texts: {n:,} of {total:,}")
        )
    _pause_others(settings, folder, project_id, console)
    n_rounds = options.rounds if options.rounds is not None else ROUNDS_WITH_ONCE if options.once else DEFAULT_ROUNDS
    environment = {
        "LABEL_STUDIO_URL": server.url,
        "LABEL_STUDIO_API_KEY": token,
        "MRARU_MAX_ROUNDS": str(n_rounds),
        "MRARU_AUTO_START": "true",
    }
    with console.status("Starting the backend") as status:
        process = BackendProcess(folder, free_port(settings.port), environment, _show(status, "Starting the backend"))
        backend = stack.enter_context(process)
    _keep_settings(folder, {**environment, "PORT": backend.url.rpartition(":")[2]})
    _connect(settings, folder, server.url, token, project_id, backend.url)
    built_in = "the built-in zero-shot teacher (no LLM, no key, free)"
    teacher = built_in if settings.uses_zero_shot else settings.teacher_name
    console.print(
        f"{len(samples.texts):,} texts, labels {', '.join(samples.labels)}; teacher: {teacher}.", markup=False
    )
    if settings.uses_zero_shot:
        console.print(f"{describe_record()} {ADVICE}", markup=False)
    display = RoundDisplay(console)
    summary = _watch(backend, project_id, display, stopping, until_done=True)
    if summary is None:
        return
    print_summary(console, summary, _share_right(project_id, summary["served_version"], samples, server.url, token))
    if options.once:
        return
    print_addresses(console, server.url, backend.url, project_id, EMAIL, password, options.folder)
    _watch(backend, project_id, display, stopping, until_done=False)


def _pause_others(settings: Settings, folder: Path, project_id: int, console: Console) -> None:
    """Before the worker starts: it would go on with the rounds of every project of the folder."""
    services = Services(settings.model_copy(update={"model_dir": folder / "backend"}))
    for former in pause_former_projects(services, project_id):
        console.print(
            f"Project {former.project_id} of an earlier demo ({former.title or 'without a title'}) is paused and asks "
            f"nothing more. To go on with it: cd {folder}, then: mraru start {former.project_id}",
            markup=False,
            soft_wrap=True,
        )


def _find_label_studio(venv: Path, console: Console) -> Path:
    """The command of Label Studio, installed if need be; says so where its version is not the one we install."""
    doing = "Installing Label Studio"
    with console.status(f"{doing} (once, a few minutes)") as status:
        found = ensure_label_studio(venv, _show(status, doing))
    if found.version != LABEL_STUDIO_VERSION:
        line = f"Label Studio {found.version} of {venv} is used; this backend was made for {LABEL_STUDIO_VERSION}."
        console.print(line, markup=False)
    return found.executable


def _show(status: Status, doing: str) -> Callable[[str], None]:
    """Show the last line of a log beside what is being done."""
    return lambda line: status.update(Text(f"{doing}: {line[:90]}" if line else doing))


def _connect(settings: Settings, folder: Path, url: str, token: str, project_id: int, backend_url: str) -> None:
    services = Services(settings.model_copy(update={"model_dir": folder / "backend"}))
    with LabelStudioClient(url, token, timeout_s=settings.label_studio_timeout_s) as client:
        connect_to_backend(services, client, project_id, backend_url)


def _watch(
    backend: BackendProcess, project_id: int, display: RoundDisplay, stopping: threading.Event, *, until_done: bool
) -> dict[str, Any] | None:
    """Show what goes on until the rounds are over or somebody asks to stop; None in the latter case."""
    said = ""
    with display:
        while not stopping.wait(POLL_S):
            summary = backend.describe_project(project_id)
            if summary is None:
                continue
            display.show(summary)
            if summary["state"] == "failed":
                raise DemoError(str(summary["reason"]))
            if until_done and _is_done(summary):
                return summary
            if summary["state"] == "paused" and summary["reason"] != said:
                said = str(summary["reason"])
                display.say(f"paused: {said}")
    return None


def _is_done(summary: dict[str, Any]) -> bool:
    """Whether nothing more is asked until people start it: the rounds are over, or paused for good."""
    is_paused = summary["state"] == "paused" and summary["controls"]["rounds_left"] == 0
    return (
        (summary["state"] == "stopped" or is_paused)
        and not summary["phase"]
        and not summary["n_corrections_waiting"]
        and summary["n_predictions"] > 0
    )


def _share_right(project_id: int, version: str, samples: SampleTexts, url: str, token: str) -> float | None:
    """Share of the served predictions in Label Studio that are the corpus's own labels, where it has some."""
    if samples.truth is None:
        return None
    truth = dict(zip(samples.texts, samples.truth, strict=True))
    schema = parse_label_config(samples.label_config)
    with LabelStudioClient(url, token, timeout_s=120.0) as client:
        text_of = {task.task_id: task.text for task in client.list_tasks(project_id, schema)}
        pages = client.list_all_predictions(project_id, schema)
        served = [row for page in pages for rows in page.values() for row in rows if row.model_version == version]
    right = [truth.get(text_of[row.task_id]) == row.label for row in served if row.task_id in text_of]
    return sum(right) / len(right) if right else None


def _keep_settings(folder: Path, environment: Mapping[str, str]) -> None:
    """Write down what commands need that are run in the demo's folder."""
    path = folder / ".env"
    path.touch(mode=0o600)
    path.chmod(0o600)
    for name, value in {**environment, "MODEL_DIR": str(folder / "backend")}.items():
        set_key(path, name, value)


def _keep_password(path: Path) -> str:
    """The demo user's password, made once per folder."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(9), encoding="utf-8")
    return path.read_text(encoding="utf-8").strip()
