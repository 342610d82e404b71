"""The commands `mraru backup` and `mraru restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The backup: a zip archive.")]


def backup_command(
    file: FileArgument,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it is there.")] = False,
) -> None:
    """Write what MODEL_DIR holds and cannot be made again to one file, also while `mraru serve` works."""
    from mraru.bootstrap import Services
    from mraru.cli.upkeep.backup_words import backup_folder
    from mraru.settings import load_settings

    backup_folder(Services(load_settings()), file, overwrite=overwrite)


def restore_command(
    file: FileArgument,
    force: Annotated[
        bool, typer.Option("--force", help="Move what is in MODEL_DIR aside first; nothing is deleted.")
    ] = False,
) -> None:
    """Put a backup into MODEL_DIR, which nothing may use meanwhile, and say what it holds."""
    from mraru.bootstrap import Services
    from mraru.cli.upkeep.backup_words import restore_folder
    from mraru.settings import load_settings

    restore_folder(Services(load_settings()), file, force=force)
