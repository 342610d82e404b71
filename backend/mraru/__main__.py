"""`python -m mraru` and the command `mraru`."""

from __future__ import annotations

import sys

NOT_ON_WINDOWS = """\
mraru: Windows is not supported: the backend needs processes and signals as Linux and macOS have them. Run it
- in Docker, from the checkout: docker compose -f docker/compose.yml up --build (that file's first lines say how), or
- in WSL: `wsl --install` in an administrator's terminal, then install and start it in there. Browsers of Windows reach
  it at http://localhost:9090."""


def main() -> None:
    """Run the command line; on Windows say what to do instead, before anything is imported that is not there."""
    if sys.platform == "win32":
        sys.exit(NOT_ON_WINDOWS)
    from mraru.cli.commands import run

    run()


if __name__ == "__main__":
    main()
