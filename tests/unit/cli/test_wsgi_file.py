"""backend/_wsgi.py, where label-studio-ml's `start` and gunicorn look for the app."""

from __future__ import annotations

import importlib.util
import socket
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from flask import Flask

from mraru.bootstrap import Services

FILE = Path(__file__).parent.parent.parent.parent / "backend" / "_wsgi.py"


@pytest.fixture
def wsgi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    opened: list[Services] = []
    original = Services.__init__

    def remember(services: Services, *arguments: object, **named: object) -> None:
        opened.append(services)
        original(services, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Services, "__init__", remember)
    monkeypatch.setenv("MODEL_DIR", str(tmp_path / "of-the-import"))
    spec = importlib.util.spec_from_file_location("the_wsgi_file", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.delenv("MODEL_DIR")
    yield module
    for services in opened:
        services.store.close()


def environment_of(wsgi: ModuleType, *flags: str) -> dict[str, str]:
    given: dict[str, str] = wsgi.environment_of(wsgi.parse_arguments(list(flags)))
    return given


def test_an_import_gives_the_app(wsgi: ModuleType) -> None:
    assert isinstance(wsgi.app, Flask)
    assert wsgi.app.test_client().get("/health").status_code == 200


@pytest.mark.parametrize(
    ("flags", "environment"),
    [
        ([], {}),
        (["-p", "9191"], {"PORT": "9191"}),
        (["--port", "9191", "--host", "127.0.0.1"], {"PORT": "9191", "MRARU_HOST": "127.0.0.1"}),
        (["--log-level", "WARNING"], {"LOG_LEVEL": "WARNING"}),
        (["-d"], {"LOG_LEVEL": "DEBUG"}),
        (["--debug", "--log-level", "ERROR"], {"LOG_LEVEL": "DEBUG"}),
        (["--model-dir", "/data"], {"MODEL_DIR": "/data"}),
        (
            ["--basic-auth-user", "u", "--basic-auth-pass", "p"],
            {"BASIC_AUTH_USER": "u", "BASIC_AUTH_PASS": "p"},
        ),
        (
            ["--kwargs", "batch_size=10", "student=svm"],
            {"MRARU_BATCH_SIZE": "10", "MRARU_STUDENT": "svm"},
        ),
        (["--with", "seed=1"], {"MRARU_SEED": "1"}),
    ],
)
def test_flags_stand_for_settings(wsgi: ModuleType, flags: list[str], environment: dict[str, str]) -> None:
    assert environment_of(wsgi, *flags) == environment


def test_flags_are_what_the_settings_read(wsgi: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    served: list[object] = []

    def serve(settings: object) -> int:
        served.append(settings)
        return 0

    monkeypatch.setattr(wsgi, "serve_backend", serve)
    flags = ["-p", "9191", "--model-dir", str(tmp_path), "--kwargs", "batch_size=10", "openai_model=qwen"]
    assert wsgi.main(flags) == 0
    (settings,) = served
    read = (settings.port, settings.model_dir, settings.batch_size, settings.openai_model)  # type: ignore[attr-defined]
    assert read == (9191, tmp_path, 10, "qwen")


def test_check_says_nothing_where_all_is_well(
    wsgi: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    flags = ["--check", "-p", str(port), "--host", "127.0.0.1", "--model-dir", str(tmp_path / "checked")]
    assert wsgi.main(flags) == 0
    assert (tmp_path / "checked" / "mraru.sqlite3").exists()


def test_check_names_what_is_wrong_in_one_line(
    wsgi: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert wsgi.main(["--check", "--model-dir", str(tmp_path), "-p", "ninety"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("mraru: PORT: ")


def test_an_unknown_kwarg_does_not_stop_the_start(
    wsgi: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(wsgi, "serve_backend", lambda settings: 0)
    assert wsgi.main(["--model-dir", str(tmp_path), "--kwargs", "unheard_of=1"]) == 0
