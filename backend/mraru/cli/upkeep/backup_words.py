"""`mraru backup` and `mraru restore`: says what was written, which secrets are in it, and what a restore brought."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from mraru.backup.backup_reading import read_manifest
from mraru.backup.backup_writing import WrittenBackup, write_backup
from mraru.backup.restoring import RestoredBackup, restore_backup
from mraru.bootstrap import Services
from mraru.cli.server.folder_lock import hold_folder
from mraru.errors import ProjectUnknown
from mraru.quantities import spell_quantity


def backup_folder(services: Services, path: Path, *, overwrite: bool = False, console: Console | None = None) -> None:
    """Write a backup of MODEL_DIR, also while `mraru serve` works, and say what is in it.

    Raises:
        ProjectUnknown: no backend has kept anything in MODEL_DIR.
        BackupError: the file cannot be written, is there, or lies in MODEL_DIR.
        StoreError: the store cannot be read or is damaged.
    """
    console = console or _plain_console()
    model_dir = services.settings.model_dir
    if not services.has_store:
        raise ProjectUnknown(
            f"No backend has kept anything in {model_dir}: run this where `mraru serve` runs, or set MODEL_DIR to its "
            "folder."
        )
    written = write_backup(model_dir, path, services.clock(), overwrite=overwrite)
    manifest = written.manifest
    console.print(
        f"{path}: {written.size_bytes / 1e6:,.1f} MB, readable for its owner alone. It holds "
        f"{spell_quantity(len(manifest.files), 'file')} of {model_dir} as of {manifest.made_at}: the store "
        f"(schema {manifest.schema_revision}) and what "
        "students have learned."
    )
    console.print(_describe_secrets(written))
    console.print(
        "Not in it: settings (the environment, .env), Label Studio's own data, downloaded models, jobs that wait. "
        f"`mraru restore {path}` brings it back."
    )


def restore_folder(services: Services, path: Path, *, force: bool = False, console: Console | None = None) -> None:
    """Put a backup into MODEL_DIR and say what it holds.

    Raises:
        BackupInvalid: the file is no backup, is damaged, or a newer mraru made it.
        BackupError: MODEL_DIR is not empty, or a worker uses it, or it cannot be written.
        FolderTaken: a `mraru serve` uses MODEL_DIR.
        StoreError: the store cannot be brought up to date.
    """
    console = console or _plain_console()
    model_dir = services.settings.model_dir
    read_manifest(path)  # before anything is made
    with hold_folder(model_dir):
        restored = restore_backup(path, model_dir, services.clock(), force=force)
    manifest = restored.manifest
    console.print(f"{path}, made by mraru {manifest.mraru} at {manifest.made_at}, was restored into {model_dir}.")
    console.print(_describe_content(restored))
    if restored.aside is not None:
        console.print(f"What was there before lies in {restored.aside}.")
    console.print(
        f"What happened after {manifest.made_at} is not in it: calls that were made since are not counted by the "
        "budgets, and may be made and paid for again. `mraru doctor` looks over the installation."
    )


def _describe_secrets(written: WrittenBackup) -> str:
    secrets = ["the webhook's secret"] if written.has_webhook_secret else []
    if written.n_tokens:
        secrets.append(f"Label Studio's tokens of {spell_quantity(written.n_tokens, 'project')}")
    held = f"secrets ({' and '.join(secrets)}), and " if secrets else ""
    return f"It holds {held}texts and labels in the clear: keep it where nobody else reads."


def _describe_content(restored: RestoredBackup) -> str:
    before, spent = restored.manifest.schema_revision, restored.spent
    migrated = f" Its schema {before} was brought to {restored.schema_revision}."
    return (
        f"The store holds {spell_quantity(restored.n_projects, 'project')}, {spell_quantity(restored.n_texts, 'text')} "
        f"and {spell_quantity(spent.n_calls, 'call')} for ${spent.cost_usd:.4f}, as budgets count "
        f"them.{migrated if before != restored.schema_revision else ''}"
    )


def _plain_console() -> Console:
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
