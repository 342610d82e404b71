"""What the tests share: a real Label Studio, started once and only when a test asks for it."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import httpx
import pytest
from label_studio_sdk import LabelStudio

from fakes.empty_hub import use_empty_hub
from mraru.demo.label_studio_server import create_personal_access_token, sign_up
from mraru.labelstudio.api.label_studio_client import LabelStudioClient
from running_label_studio import PASSWORD, SECOND_EMAIL, RunningLabelStudio, install_label_studio, run_label_studio

REPOSITORY = Path(__file__).parent.parent


def pytest_configure(config: pytest.Config) -> None:
    use_empty_hub()
    config.addinivalue_line("markers", "xdist_group: tests of one process")  # also where pytest-xdist is left out
    # The SDK exchanges its token with a pydantic method that is deprecated.
    config.addinivalue_line(
        "filterwarnings", "ignore:The `parse_obj` method:DeprecationWarning:label_studio_sdk.tokens.client_ext"
    )


@pytest.fixture(autouse=True)
def _kept_logging() -> Iterator[None]:
    """Undo what a command does to logging: its levels and its stream, closed by now, are not the next test's."""
    root, ours = logging.getLogger(), logging.getLogger("mraru")
    before = (list(root.handlers), root.level, ours.level)
    yield
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    ours.setLevel(before[2])


ProjectMaker = Callable[..., int]


@pytest.fixture(scope="session")
def label_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLabelStudio]:
    venv = Path(os.environ.get("MRARU_TEST_LABEL_STUDIO_VENV") or REPOSITORY / ".venv-label-studio")
    executable = install_label_studio(venv).executable
    folder = tmp_path_factory.mktemp("label-studio")
    with run_label_studio(executable, folder) as running:
        yield running


@pytest.fixture(scope="session")
def label_studio_client(label_studio: RunningLabelStudio) -> Iterator[LabelStudioClient]:
    with LabelStudioClient(label_studio.url, label_studio.token, timeout_s=60) as client:
        yield client


@pytest.fixture(scope="session")
def label_studio_sdk(label_studio: RunningLabelStudio) -> Iterator[LabelStudio]:
    """The bare SDK, for what annotators and Label Studio's own screens do."""
    with httpx.Client(timeout=60, follow_redirects=True) as http:
        yield LabelStudio(base_url=label_studio.url + "/", api_key=label_studio.token, httpx_client=http)


@pytest.fixture(scope="session")
def second_member(label_studio: RunningLabelStudio) -> Iterator[LabelStudio]:
    """A second person of the organization, as `label_studio_sdk` is the first."""
    sign_up(label_studio.url, SECOND_EMAIL, PASSWORD)
    token = create_personal_access_token(label_studio.url, SECOND_EMAIL, PASSWORD)
    with httpx.Client(timeout=60, follow_redirects=True) as http:
        yield LabelStudio(base_url=label_studio.url + "/", api_key=token, httpx_client=http)


@pytest.fixture
def make_project(label_studio_sdk: LabelStudio) -> ProjectMaker:
    """`make_project(texts, labels, config=None)`: a project of Label Studio with these texts as `text`."""

    def make(texts: Sequence[str], labels: Sequence[str], config: str | None = None) -> int:
        choices = "".join(f'<Choice value="{label}"/>' for label in labels)
        plain = f'<View><Text name="text" value="$text"/><Choices name="label" toName="text">{choices}</Choices></View>'
        project = label_studio_sdk.projects.create(title="A test's project", label_config=config or plain)
        if texts:
            label_studio_sdk.projects.import_tasks(id=project.id, request=[{"text": text} for text in texts])
        return project.id

    return make
