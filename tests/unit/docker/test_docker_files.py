"""compose.yml and Dockerfile name scripts, ports and settings that exist."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mraru.demo.label_studio_server import LABEL_STUDIO_VERSION, LOCAL_ADDRESSES_ALLOWED
from mraru.settings import Settings, environment_names

REPOSITORY = Path(__file__).parents[3]
SCRIPTS = ("install.sh", "entrypoint.sh", "healthcheck.sh")
SETTING_NAMES = {name for key, field in Settings.model_fields.items() for name in environment_names(key, field)}
PORT = str(Settings.model_fields["port"].default)


def read_dockerfile() -> Iterator[tuple[str, str]]:
    """Instructions and their arguments, continued lines joined."""
    text = (REPOSITORY / "docker" / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            instruction, _, rest = line.partition(" ")
            yield instruction, rest.strip()


def arguments_of(instruction: str) -> list[str]:
    return [rest for name, rest in read_dockerfile() if name == instruction]


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    compose = yaml.safe_load((REPOSITORY / "docker" / "compose.yml").read_text(encoding="utf-8"))
    return dict(compose["services"])


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_script_can_be_executed(name: str) -> None:
    assert os.access(REPOSITORY / "docker" / name, os.X_OK)


def test_the_image_is_made_by_the_scripts() -> None:
    for script, instruction in zip(SCRIPTS, ("RUN", "ENTRYPOINT", "HEALTHCHECK"), strict=True):
        assert any(f"/src/docker/{script}" in rest for rest in arguments_of(instruction)), instruction


def test_everything_the_image_copies_is_in_the_checkout() -> None:
    sources = [source for rest in arguments_of("COPY") for source in rest.split()[:-1]]
    assert {f"docker/{name}" for name in SCRIPTS} < set(sources)
    assert [source for source in sources if not (REPOSITORY / source).exists()] == []


def test_the_image_does_not_run_as_root() -> None:
    (user,) = arguments_of("USER")
    assert user not in ("root", "0")
    assert f"useradd --system --create-home {user}" in " ".join(arguments_of("RUN"))


def test_the_image_keeps_its_data_in_a_volume() -> None:
    (volume,) = arguments_of("VOLUME")
    assert f"MODEL_DIR={volume}" in arguments_of("ENV")


def test_the_image_sets_nothing_but_settings_and_the_path() -> None:
    names = {rest.partition("=")[0] for rest in arguments_of("ENV")}
    assert names - {"PATH"} <= SETTING_NAMES


def test_the_image_listens_on_the_default_port() -> None:
    assert arguments_of("EXPOSE") == [PORT]
    assert f"PORT={PORT}" in arguments_of("ENV")


def test_compose_builds_the_backend_from_this_dockerfile(services: dict[str, Any]) -> None:
    build = services["backend"]["build"]
    context = (REPOSITORY / "docker" / build["context"]).resolve()
    assert context == REPOSITORY
    assert (context / build["dockerfile"]).samefile(REPOSITORY / "docker" / "Dockerfile")


def test_compose_names_settings_that_exist(services: dict[str, Any]) -> None:
    environment = services["backend"]["environment"]
    assert environment.keys() <= SETTING_NAMES
    for value in environment.values():
        passed_on = re.fullmatch(r"\$\{(\w+):[-+?].*\}", value)
        assert passed_on is None or passed_on[1] in SETTING_NAMES


def test_compose_starts_no_backend_without_a_login(services: dict[str, Any]) -> None:
    environment = services["backend"]["environment"]
    assert re.fullmatch(r"\$\{BASIC_AUTH_USER:-\w+\}", environment["BASIC_AUTH_USER"])
    assert re.fullmatch(r"\$\{BASIC_AUTH_PASS:\?.*BASIC_AUTH_PASS.*\}", environment["BASIC_AUTH_PASS"])
    assert "MRARU_UNSAFE_NO_LOGIN" not in environment


def test_compose_lets_label_studio_reach_the_backend(services: dict[str, Any]) -> None:
    label_studio = services["label-studio"]
    assert label_studio["environment"].items() >= LOCAL_ADDRESSES_ALLOWED.items()
    assert label_studio["image"].rpartition(":")[2] == LABEL_STUDIO_VERSION


def test_compose_lets_the_backend_reach_label_studio(services: dict[str, Any]) -> None:
    container_port = services["label-studio"]["ports"][0].rpartition(":")[2]
    url = services["backend"]["environment"]["LABEL_STUDIO_URL"]
    assert url == f"${{LABEL_STUDIO_API_KEY:+http://label-studio:{container_port}}}"  # both are set, or neither


def test_compose_publishes_ports_on_this_machine_alone(services: dict[str, Any]) -> None:
    published = [port for service in services.values() for port in service["ports"]]
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []
    assert services["backend"]["ports"] == [f"127.0.0.1:{PORT}:{PORT}"]


def test_compose_keeps_both_data_folders(services: dict[str, Any]) -> None:
    compose = yaml.safe_load((REPOSITORY / "docker" / "compose.yml").read_text(encoding="utf-8"))
    mounted = [volume.split(":") for service in services.values() for volume in service["volumes"]]
    assert {name for name, _ in mounted} == compose["volumes"].keys()
    assert {folder for _, folder in mounted} == {"/label-studio/data", *arguments_of("VOLUME")}
