"""What can be seen of the machine, without loading a model."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distributions, version
from importlib.util import find_spec
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
MOUNT_POINT = 4  # position of a mount's place in its line
MOUNTED_IN_CONTAINERS = frozenset({"/etc/hosts", "/etc/hostname"})  # by Docker, Podman and Kubernetes
GPU_MARKS = ("/dev/nvidia0", "/dev/nvidiactl", "/dev/dxg", "/dev/kfd")  # of NVIDIA, of WSL, of AMD
CUDA_PACKAGES = ("nvidia-cublas", "nvidia-cudnn", "nvidia-cuda-runtime")  # beginnings of names


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where this process runs."""

    free_bytes: int | None  # where MODEL_DIR lies; None: not known
    is_container: bool
    has_gpu: bool
    cuda_packages: tuple[str, ...]  # that are installed, sorted
    torch_version: str | None  # None: it is not installed
    missing_packages: tuple[str, ...]  # of those that embed texts


def read_machine(model_dir: Path) -> Machine:
    """Look at this machine."""
    names = {str(found.metadata["Name"] or "").lower() for found in distributions()}
    return Machine(
        free_bytes=_count_free(model_dir),
        is_container=is_container(),
        has_gpu=any(Path(mark).exists() for mark in GPU_MARKS),
        cuda_packages=tuple(sorted(name for name in names if name.startswith(CUDA_PACKAGES))),
        torch_version=_find_version("torch"),
        missing_packages=tuple(name for name in ("torch", "sentence_transformers") if find_spec(name) is None),
    )


def is_container(mounts: Path = MOUNTS) -> bool:
    """Whether this process has files of its own from a container's engine.

    Marks such as `/.dockerenv` say less: a virtual machine that was made of an image has them, too.
    """
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False  # no Linux
    fields = [line.split() for line in lines]
    return any(len(row) > MOUNT_POINT and row[MOUNT_POINT] in MOUNTED_IN_CONTAINERS for row in fields)


def nearest_folder(path: Path) -> Path:
    """The path, or the nearest one above it that is there."""
    return next(parent for parent in (path.absolute(), *path.absolute().parents) if os.path.exists(parent))


def _count_free(model_dir: Path) -> int | None:
    try:
        return shutil.disk_usage(nearest_folder(model_dir)).free
    except OSError:
        return None


def _find_version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
