"""compose.yml and Dockerfile name scripts, ports and settings that exist."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from mraru.demo.label_studio_environment import LABEL_STUDIO_VERSION
from mraru.demo.label_studio_server import LOCAL_ADDRESSES_ALLOWED
from mraru.labelstudio.connecting.backend_address import is_accepted_host
from mraru.settings import Settings, environment_names

REPOSITORY = Path(__file__).parents[3]
SCRIPTS = ("install.sh", "entrypoint.sh", "healthcheck.sh")
ALL_SCRIPTS = (*SCRIPTS, "serve_when_set_up.sh")
LOCKS = ("requirements.txt", "requirements-demo.txt")
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


@pytest.mark.parametrize("name", ALL_SCRIPTS)
def test_every_script_can_be_executed(name: str) -> None:
    assert os.access(REPOSITORY / "docker" / name, os.X_OK)


def test_the_image_is_made_by_the_scripts() -> None:
    for script, instruction in zip(SCRIPTS, ("RUN", "ENTRYPOINT", "HEALTHCHECK"), strict=True):
        assert any(f"/src/docker/{script}" in rest for rest in arguments_of(instruction)), instruction


def test_everything_the_image_copies_is_in_the_checkout() -> None:
    sources = [source for rest in arguments_of("COPY") for source in rest.split()[:-1]]
    assert {f"docker/{name}" for name in ALL_SCRIPTS} < set(sources)
    assert [source for source in sources if not (REPOSITORY / source).exists()] == []


@pytest.mark.parametrize("extra", ["", "demo"])
def test_all_that_is_needed_is_locked_at_a_version_that_is_allowed(extra: str) -> None:
    text = "".join((REPOSITORY / "docker" / name).read_text("utf-8") for name in LOCKS)
    locked = {name: Version(version) for name, version in re.findall(r"^([\w.-]+)==([^ ;]+)", text, re.MULTILINE)}
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    needed = project["optional-dependencies"][extra] if extra else project["dependencies"]
    for requirement in map(Requirement, needed):
        if requirement.name != "torch":
            assert locked[canonicalize_name(requirement.name)] in requirement.specifier, requirement


def test_every_locked_package_has_hashes_and_pytorch_is_left_to_the_machine() -> None:
    for name in LOCKS:
        text = (REPOSITORY / "docker" / name).read_text("utf-8")
        pinned = re.findall(r"^([\w.-]+)==.*?\\$((?:\n    --hash=sha256:\w{64}(?: \\)?)+)$", text, re.MULTILINE)
        assert len(pinned) == len(re.findall("^[^ #]", text, re.MULTILINE)) > 0
        assert [name for name, _ in pinned if re.match("torch$|triton|nvidia|cuda", name)] == []


def test_the_image_does_not_run_as_root() -> None:
    (user,) = arguments_of("USER")
    number, _, group = user.partition(":")
    assert int(number) > 0  # Kubernetes refuses a name where it is to see that it is not root
    made = " ".join(arguments_of("RUN"))
    assert f"useradd --system --uid {number} --gid {group} --create-home" in made
    assert f"install --directory --owner={number} --group={group} {arguments_of('VOLUME')[0]}" in made


def test_the_image_keeps_its_data_in_a_volume() -> None:
    (volume,) = arguments_of("VOLUME")
    assert f"MODEL_DIR={volume}" in arguments_of("ENV")
    assert f"HF_HOME={volume}/huggingface" in arguments_of("ENV")


def test_the_image_is_built_with_the_cpu_build_of_torch() -> None:
    assert arguments_of("ARG") == ["PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu"]  # pip reads it


def test_the_image_sets_nothing_but_settings_and_the_path() -> None:
    names = {rest.partition("=")[0] for rest in arguments_of("ENV")}
    assert names - {"PATH", "HF_HOME"} <= SETTING_NAMES


def test_the_image_listens_on_the_default_port() -> None:
    assert arguments_of("EXPOSE") == [PORT]
    assert f"PORT={PORT}" in arguments_of("ENV")


def test_compose_builds_the_backend_from_this_dockerfile(services: dict[str, Any]) -> None:
    build = services["backend"]["build"]
    context = (REPOSITORY / "docker" / build["context"]).resolve()
    assert context == REPOSITORY
    assert (context / build["dockerfile"]).samefile(REPOSITORY / "docker" / "Dockerfile")


def test_compose_passes_every_setting_and_keeps_those_of_the_container(services: dict[str, Any]) -> None:
    backend = services["backend"]
    assert backend["env_file"] == [{"path": ".env", "required": False}]
    fixed = {name for name, value in backend["environment"].items() if not value.startswith("${" + name)}
    assert fixed == {"PORT", "MRARU_HOST", "MODEL_DIR", "LABEL_STUDIO_URL"}
    of_the_image = dict(rest.split("=", 1) for rest in arguments_of("ENV"))
    for name in ("PORT", "MRARU_HOST", "MODEL_DIR"):  # a file that is made for another folder must not change them
        assert backend["environment"][name] == of_the_image[name]


def test_compose_waits_until_label_studio_answers(services: dict[str, Any]) -> None:
    assert services["backend"]["depends_on"] == {"label-studio": {"condition": "service_healthy"}}
    how, *command = services["label-studio"]["healthcheck"]["test"]
    assert (how, command[:2]) == ("CMD", ["python3", "-c"])
    compile(command[2], "healthcheck", "exec")
    assert f":{services['label-studio']['ports'][0].rpartition(':')[2]}/health" in command[2]


def test_compose_starts_the_backend_once_it_is_set_up(services: dict[str, Any]) -> None:
    (script,) = services["backend"]["entrypoint"]
    assert script == "/src/docker/serve_when_set_up.sh"
    assert services["backend"]["restart"] == "unless-stopped"


def test_compose_can_stop_the_backend_while_it_starts(services: dict[str, Any]) -> None:
    """The kernel hands process 1 no signal that it has no handler for, and `mraru` has none before its imports."""
    assert services["backend"]["init"] is True


def run_when_set_up(folder: Path, *arguments: str, n_failures: int) -> subprocess.Popen[str]:
    """The script with a `mraru` whose check fails so often."""
    command = folder / "mraru"
    command.write_text(
        f'#!/bin/sh\necho "mraru $*" >>calls\n[ "$*" = serve ] && exit 7\n[ $(grep -c check calls) -gt {n_failures} ]\n'
    )
    command.chmod(0o755)
    script = str(REPOSITORY / "docker" / "serve_when_set_up.sh")
    retry_s = "0" if n_failures < 9 else "1000"
    environment = {"PATH": f"{folder}:{os.environ['PATH']}", "RETRY_S": retry_s}
    return subprocess.Popen(
        [script, *arguments], cwd=folder, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def test_what_is_missing_is_waited_for_without_an_end_of_the_container(tmp_path: Path) -> None:
    process = run_when_set_up(tmp_path, n_failures=2)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 7  # that of `mraru serve`
    assert said.count("docker/.env") == 2
    assert (tmp_path / "calls").read_text().split("\n") == [*["mraru serve --check"] * 3, "mraru serve", ""]


def test_another_command_is_run_at_once(tmp_path: Path) -> None:
    process = run_when_set_up(tmp_path, "report", "1", n_failures=9)
    process.communicate(timeout=60)
    assert (tmp_path / "calls").read_text() == "mraru report 1\n"


def test_a_container_that_waits_can_be_stopped(tmp_path: Path) -> None:
    process = run_when_set_up(tmp_path, n_failures=9)
    assert process.stderr is not None
    assert "The backend waits" in process.stderr.readline()
    process.terminate()
    assert process.wait(60) == 0
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # its sleep
    process.stderr.close()


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
    backend = services["backend"]
    url = backend["environment"]["MRARU_BACKEND_URL"].removeprefix("${MRARU_BACKEND_URL:-").removesuffix("}")
    assert urlsplit(url).hostname in backend["networks"]["default"]["aliases"]
    assert is_accepted_host(url)


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
