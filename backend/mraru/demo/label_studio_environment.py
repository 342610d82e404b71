"""The virtual environment that Label Studio is installed in: somebody's own, or one that we make and mark.

What we did not make is never changed and never removed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.version import Version

from mraru.errors import DemoError

LABEL_STUDIO_VERSION = "1.23.2"  # what we install
OLDEST_VERSION = Version("1.20")  # whose address of tokens and forms are those that we use
MARKER = ".made-by-mraru-demo"  # in an environment that we made, and may make anew
PARTS = ("bin", "etc", "include", "lib", "lib64", "share", "pyvenv.cfg", ".gitignore")  # what venv and pip make in it
N_TAIL_LINES = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledLabelStudio:
    """A Label Studio that can be started."""

    executable: Path
    version: str


def ensure_label_studio(
    venv: Path, on_line: Callable[[str], None] | None = None, version: str = LABEL_STUDIO_VERSION
) -> InstalledLabelStudio:
    """Take the Label Studio of a virtual environment, or install one where nothing is yet.

    A Label Studio of 1.20 or later is taken as it is, whoever installed it. Else it is installed into a folder that
    is missing or empty, or that we made before: a half-made one of ours is made anew.

    Args:
        on_line: gets each line of pip's output.
        version: what is installed where nothing is.

    Raises:
        DemoError: the folder is somebody else's and has no such Label Studio, or pip failed; says what to do.
    """
    installed = find_label_studio(venv)
    if installed is not None and Version(installed.version) >= OLDEST_VERSION:
        return installed
    _clear_ours(venv, installed)
    _install(venv, on_line, version)
    made = find_label_studio(venv)
    if made is None:
        raise DemoError(f"pip installed label-studio {version}, yet it is not to be found in {venv}")
    return made


def find_label_studio(venv: Path) -> InstalledLabelStudio | None:
    """What is wholly installed in an environment: pip writes a package's record last."""
    executable = venv / "bin" / "label-studio"
    if not executable.exists():
        return None
    folders = [str(folder) for folder in venv.glob("lib/python*/*-packages")]
    found = metadata.distributions(name="label-studio", path=folders) if folders else ()
    versions = [package.version for package in found if package.read_text("RECORD") is not None]
    return InstalledLabelStudio(executable=executable, version=versions[0]) if versions else None


def _clear_ours(venv: Path, installed: InstalledLabelStudio | None) -> None:
    """Empty a half-made environment of ours, and mark a new one before anything is in it.

    Raises:
        DemoError: the folder holds what we did not make.
    """
    marker = venv / MARKER
    if venv.exists() and not venv.is_dir():
        raise DemoError(f"{venv} is a file: name a folder for Label Studio's virtual environment")
    if venv.exists() and any(venv.iterdir()) and not marker.exists():
        raise DemoError(_describe_foreign(venv, installed))
    venv.mkdir(parents=True, exist_ok=True)
    marker.write_text("`mraru demo` made this folder, and makes it anew if it is incomplete.\n", encoding="utf-8")
    for path in (venv / part for part in PARTS):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _describe_foreign(venv: Path, installed: InstalledLabelStudio | None) -> str:
    """Why a folder that we did not make is of no use, and what to do."""
    if not (venv / "pyvenv.cfg").exists() and installed is None:
        return f"{venv} is not empty and no virtual environment of Label Studio's: name another folder, or a new one"
    has = "no complete Label Studio" if installed is None else f"Label Studio {installed.version}"
    return (
        f"{venv} was not made by `mraru demo`, so it is left as it is, and has {has}: install one there "
        f"({venv}/bin/python -m pip install 'label-studio>={OLDEST_VERSION}'), or name a new folder"
    )


def _install(venv: Path, on_line: Callable[[str], None] | None, version: str) -> None:
    _run_told([sys.executable, "-m", "venv", str(venv)], on_line)
    pip = [str(venv / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    _run_told([*pip, "install", "--progress-bar", "off", f"label-studio=={version}"], on_line)


def _run_told(command: list[str], on_line: Callable[[str], None] | None) -> None:
    """Run a command, telling its output line by line.

    Raises:
        DemoError: it failed; the message has its last lines.
    """
    lines: list[str] = []
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for raw in process.stdout or ():
            line = raw.rstrip()
            lines.append(line)
            if on_line:
                on_line(line)
    if process.returncode:
        last = "\n".join(lines[-N_TAIL_LINES:])
        raise DemoError(f"{' '.join(command[:4])} ... failed with {process.returncode}:\n{last}")
