"""What a backup says of itself: which mraru made it, when, and the size and checksum of each file in it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

FORMAT = 1  # raised when an older mraru could not read what is written
MANIFEST = "manifest.json"
STORE, SECRET, STUDENTS = "mraru.sqlite3", "webhook-secret", "projects"  # in MODEL_DIR and in the backup alike


class BackedUpFile(BaseModel):
    """One file of the backup."""

    model_config = ConfigDict(frozen=True)

    name: str  # under MODEL_DIR, with slashes
    size_bytes: int = Field(ge=0)
    sha256: str


class Manifest(BaseModel):
    """What is in the backup."""

    model_config = ConfigDict(frozen=True)

    format: int
    mraru: str  # version that made it
    schema_revision: str  # migration of the store
    made_at: str  # UTC, ISO 8601: when the store was copied
    files: tuple[BackedUpFile, ...]


def is_ours(name: str) -> bool:
    """Whether a backup may hold a file of this name: nothing may lead out of MODEL_DIR.

    >>> [is_ours(name) for name in ("mraru.sqlite3", "webhook-secret", "projects/3/students/r001.skops")]
    [True, True, True]
    >>> [is_ours(name) for name in ("/etc/passwd", "projects/../../x", "projects//x", "projects", "serve.lock", "")]
    [False, False, False, False, False, False]
    """
    if name in (STORE, SECRET):
        return True
    first, *rest = name.split("/")
    return first == STUDENTS and bool(rest) and all(map(_is_plain, rest))


def _is_plain(part: str) -> bool:
    return part not in ("", ".", "..") and "\\" not in part and "\0" not in part
