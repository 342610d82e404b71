"""Which process a row of ours is of, and whether that one is still there."""

from __future__ import annotations

import os
import socket
import uuid
from pathlib import Path

PROC = Path("/proc")
GONE = ("Z", "X")  # states of processes that have ended and that nobody has asked about


def name_holder() -> str:
    """A name for what this process begins: machine, number, and a tag that begins with where the number counts."""
    return f"{socket.gethostname()}:{os.getpid()}:{name_numbering()}-{uuid.uuid4().hex}"


def name_numbering() -> str:
    """Two processes of a machine count their numbers alike when these are equal; containers count their own."""
    try:
        return str((PROC / "self" / "ns" / "pid").stat().st_ino)
    except OSError:
        return "0"


def is_of_this_machine(holder: str) -> bool:
    """Whether it was named on this machine, or in a former container of this name."""
    return holder.split(":")[0] == socket.gethostname()


def is_surely_dead(holder: str) -> bool:
    """Whether the process of this machine that this names has ended; False where that cannot be seen from here."""
    _, pid, tag = holder.split(":")
    return is_of_this_machine(holder) and tag.split("-")[0] == name_numbering() and not is_alive(int(pid))


def pid_of(holder: str) -> int:
    return int(holder.split(":")[1])


def is_alive(pid: int) -> bool:
    """Whether a process of this number runs here."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        state = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return True
    return state not in GONE
