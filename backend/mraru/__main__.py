"""`python -m mraru` and the command `mraru`."""

from __future__ import annotations

from mraru.cli.app import run


def main() -> None:
    """Run the command line."""
    run()


if __name__ == "__main__":
    main()
