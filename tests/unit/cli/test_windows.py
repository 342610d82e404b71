from __future__ import annotations

import sys
from pathlib import Path

import pytest

from mraru.__main__ import NOT_ON_WINDOWS, main

REPOSITORY = Path(__file__).parents[3]


@pytest.mark.parametrize("arguments", [(), ("--help",), ("serve",), ("no-such-command",)])
def test_on_windows_every_command_says_at_once_what_to_use_instead(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["mraru", *arguments])
    monkeypatch.delitem(sys.modules, "mraru.cli.commands", raising=False)
    with monkeypatch.context() as on_windows:
        on_windows.setattr(sys, "platform", "win32")
        with pytest.raises(SystemExit) as exit_:
            main()
    assert exit_.value.code == NOT_ON_WINDOWS  # which Python writes to stderr, with exit code 1
    assert "mraru.cli.commands" not in sys.modules


def test_what_it_names_is_there() -> None:
    assert "Docker" in NOT_ON_WINDOWS
    assert "WSL" in NOT_ON_WINDOWS
    assert (REPOSITORY / "docker" / "compose.yml").exists()
    assert max(map(len, NOT_ON_WINDOWS.splitlines())) <= 120
