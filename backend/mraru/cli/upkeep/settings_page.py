"""docs/settings.md, written from the settings themselves."""

from __future__ import annotations

from mraru.settings import describe_settings


def settings_page() -> str:
    """The page as Markdown."""
    lines = [
        "# Settings",
        "",
        "Every setting is an environment variable, or a line `NAME=value` in a file `.env` in the folder where",
        "`mraru` is started. This page is written by `make docs` from the settings themselves.",
        "",
        "| name | default | meaning |",
        "|---|---|---|",
    ]
    for names, default, meaning in describe_settings():
        shown = " or ".join(f"`{name}`" for name in names)
        lines.append(f"| {shown} | {f'`{default}`' if default else 'not set'} | {meaning} |")
    return "\n".join([*lines, ""])
