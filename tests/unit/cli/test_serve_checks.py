from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fakes.services import clear_environment
from mraru.cli.commands import app
from mraru.cli.server.serve import check_settings, gunicorn_command
from mraru.errors import PluginInvalid, PriceUnknown, SettingsError, StoreError
from mraru.settings import Settings, load_settings


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield int(listening.getsockname()[1])


def settings_on(port: int, folder: Path, **changed: object) -> Settings:
    return load_settings(**{"host": "127.0.0.1", "port": port, "model_dir": folder, **changed})


def test_settings_that_fit_pass_and_leave_store_and_secret(free_port: int, tmp_path: Path) -> None:
    check_settings(settings_on(free_port, tmp_path / "data"))
    assert {path.name for path in (tmp_path / "data").iterdir()} == {"mraru.sqlite3", "webhook-secret"}


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_port_that_is_taken_is_named(taken_port: int, tmp_path: Path, host: str) -> None:
    with pytest.raises(SettingsError, match=rf"^PORT: cannot listen on {host}:{taken_port}: "):
        check_settings(settings_on(taken_port, tmp_path, host=host, basic_auth_user="u", basic_auth_pass="p"))


def test_an_address_of_another_machine_is_refused(free_port: int, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"cannot listen on 192\.0\.2\.1"):
        check_settings(settings_on(free_port, tmp_path, host="192.0.2.1", unsafe_no_login=True))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "mraru.example"])
def test_without_a_login_no_other_machine_is_listened_to(free_port: int, tmp_path: Path, host: str) -> None:
    with pytest.raises(SettingsError, match=r"^MRARU_HOST: .*BASIC_AUTH_USER and BASIC_AUTH_PASS"):
        check_settings(settings_on(free_port, tmp_path, host=host))


def test_as_it_comes_it_listens_to_this_machine_alone(free_port: int, tmp_path: Path) -> None:
    settings = load_settings(port=free_port, model_dir=tmp_path)
    assert settings.host == "127.0.0.1"
    check_settings(settings)


def test_an_unknown_price_names_the_settings_that_mend_it(free_port: int, tmp_path: Path) -> None:
    with pytest.raises(PriceUnknown, match="MRARU_INPUT_USD_PER_MTOK and MRARU_OUTPUT_USD_PER_MTOK"):
        check_settings(settings_on(free_port, tmp_path, openai_base_url="http://localhost:1/v1", openai_model="mine"))


def test_a_price_that_is_set_is_enough(free_port: int, tmp_path: Path) -> None:
    check_settings(
        settings_on(
            free_port,
            tmp_path,
            openai_base_url="http://localhost:1/v1",
            openai_model="mine",
            input_usd_per_mtok=0.0,
            output_usd_per_mtok=0.0,
        )
    )


def test_a_folder_that_cannot_be_used_is_found_before_anything_starts(free_port: int, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="MODEL_DIR"):
        check_settings(settings_on(free_port, tmp_path / "file"))


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("sklearn.naive_bayes:NoSuchClass", "There is no 'sklearn.naive_bayes:NoSuchClass'"),
        ("sklearn.svm:LinearSVC", "with predict_proba"),
    ],
)
def test_a_student_that_cannot_be_made_is_found_before_anything_starts(
    free_port: int, tmp_path: Path, named: str, message: str
) -> None:
    with pytest.raises(PluginInvalid, match=message):
        check_settings(settings_on(free_port, tmp_path, student=named))


def test_what_will_only_half_work_is_said(free_port: int, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    check_settings(settings_on(free_port, tmp_path))
    assert [record.__dict__["event"] for record in caplog.records if record.levelno == logging.WARNING] == [
        "zero_shot",
        "label_studio_not_set",
    ]


def test_where_all_is_set_nothing_is_said(free_port: int, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    complete = settings_on(
        free_port,
        tmp_path,
        openai_api_key="k",
        label_studio_url="http://localhost:8080",
        label_studio_api_key="t",
    )
    check_settings(complete)
    assert caplog.records == []


def test_gunicorn_is_told_what_is_set(tmp_path: Path) -> None:
    command = gunicorn_command(settings_on(9191, tmp_path, workers=2, threads=5, log_level="warning"))
    assert {
        "--bind=127.0.0.1:9191",
        "--workers=2",
        "--threads=5",
        "--config",
        "python:mraru.cli.server.gunicorn_config",
        "--log-level=warning",
        "mraru.cli.server.wsgi:make_app()",
    } <= set(command)


def test_no_secret_stands_in_gunicorns_command(tmp_path: Path) -> None:
    secrets = {
        "openai_api_key": "hush-1",
        "label_studio_url": "http://localhost:8080",
        "label_studio_api_key": "hush-2",
        "basic_auth_user": "user",
        "basic_auth_pass": "hush-3",
        "webhook_secret": "hush-4",
    }
    assert "hush" not in " ".join(gunicorn_command(settings_on(9191, tmp_path, **secrets)))


def test_the_settings_can_be_checked_alone(free_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clear_environment(monkeypatch, tmp_path)
    monkeypatch.setenv("PORT", str(free_port))
    assert CliRunner().invoke(app, ["serve", "--check"]).exit_code == 0
    monkeypatch.setenv("OPENAI_BASE_URL", "http://llm.example/v1")
    monkeypatch.setenv("OPENAI_MODEL", "of-no-known-price")
    assert isinstance(CliRunner().invoke(app, ["serve", "--check"]).exception, PriceUnknown)
