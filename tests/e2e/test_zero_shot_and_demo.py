"""`mraru demo` as people run it: without an LLM, once and until Ctrl-C, on BBC News and on one's own texts."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e.running import clean_environment, run_mraru

pytestmark = [pytest.mark.label_studio, pytest.mark.slow]

DEMO_S = 180.0  # seconds: it starts a Label Studio of its own
OWN_TEXTS = (
    "The striker scored twice in the cup final.",
    "Parliament votes on the new tax law tomorrow.",
    "Their goalkeeper saved a penalty in the last minute.",
    "The prime minister faces questions about the election.",
    "She won the tennis open in straight sets.",
    "The opposition calls for a vote of no confidence.",
    "Rain stopped the cricket match before lunch.",
    "The chancellor defends the budget in the debate.",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both runs share it, as those of a person who comes back do."""
    return tmp_path_factory.mktemp("demo")


def demo_command(label_studio: Any, folder: Path, *arguments: str) -> list[str]:
    venv = label_studio.executable.parent.parent
    where = ["--folder", str(folder / "kept"), "--label-studio-venv", str(venv)]
    return [sys.executable, "-m", "mraru", "demo", *where, *arguments]


@pytest.fixture
def nothing_is_left(folder: Path) -> Iterator[None]:
    yield
    assert processes_that_know(folder) == []


def test_the_demo_runs_once_and_says_that_its_teacher_is_no_llm(
    label_studio: Any, folder: Path, nothing_is_left: None
) -> None:
    command = demo_command(label_studio, folder, "--once", "--limit", "60", "--rounds", "1")
    done = subprocess.run(
        command, env=clean_environment({}), cwd=folder, capture_output=True, text=True, timeout=DEMO_S, check=False
    )
    said = " ".join(done.stdout.replace("│", " ").split())
    assert done.returncode == 0, done.stderr + done.stdout
    assert "60 texts, labels business, entertainment, politics, sports, tech" in said
    assert "teacher: the built-in zero-shot teacher (no LLM, no key, free)" in said
    assert said.count("It was right on 19 to 85 % of the texts of four public data sets") == 2  # before and after
    assert "student and teacher agree on" in said
    assert "stopped because: 1 of 1 rounds done (MRARU_MAX_ROUNDS)" in said
    assert "built-in zero-shot (no LLM) labelled" in said
    assert "of the predictions are the corpus's own labels" in said
    assert said.endswith("Stopped.")


def test_the_demo_labels_ones_own_texts_and_ctrl_c_stops_all_that_it_started(
    label_studio: Any, folder: Path, nothing_is_left: None
) -> None:
    with (folder / "own.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["id", "what"], *enumerate(OWN_TEXTS)])
    own = ["--csv", "own.csv", "--text", "what", "--labels", "sport, politics", "--rounds", "1"]
    with subprocess.Popen(
        demo_command(label_studio, folder, *own),
        env=clean_environment({"MRARU_BATCH_SIZE": "3"}),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as demo:
        assert demo.stdout is not None
        lines: list[str] = []
        try:
            for line in demo.stdout:
                lines.append(line)
                if "Ctrl-C stops everything." in line:
                    break
            running = processes_that_know(folder)
            demo.send_signal(signal.SIGINT)
            lines += demo.stdout.readlines()
            assert demo.wait(DEMO_S) == 0, "".join(lines)
        finally:
            demo.kill()
    for part in ("label-studio start", "mraru serve", "gunicorn", "mraru worker"):
        assert any(part in command for command in running), part
    said = " ".join(" ".join(lines).replace("│", " ").split())
    assert "8 texts, labels sport, politics; teacher: the built-in zero-shot teacher" in said
    assert "8 tasks have a prediction in Label Studio under mraru" in said
    assert "login demo@example.com password" in said
    assert said.endswith("Stopped.")


def test_what_is_wrong_with_ones_own_texts_is_said_in_one_line_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("id,what\n1,one\n")
    own = ["--csv", "own.csv", "--text", "nowhere", "--labels", "a,b"]
    done = run_mraru("demo", *own, settings={}, folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "mraru: --csv own.csv: it has no column 'nowhere', but: id, what.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["own.csv"]


def processes_that_know(folder: Path) -> list[str]:
    """Command lines of running processes whose environment names the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(folder).encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # it ended meanwhile, or is another user's
    return found
