"""A project of Label Studio with its backend and its simulated teacher, for a test to put to work."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from label_studio_sdk import LabelStudio
from label_studio_sdk.types.import_api_request import ImportApiRequest

from e2e.running import RunningBackend
from fakes.openai_server import OpenAIServer
from mraru.demo.sample_texts import SampleTexts

MODEL = "simulated"
WRONG_OF = 8  # the simulated teacher is wrong about one text in eight


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A project of Label Studio, the simulated teacher for it, and a backend to be started."""

    project_id: int
    samples: SampleTexts
    teacher: OpenAIServer
    settings: dict[str, str]
    folder: Path
    port: int
    stack: ExitStack  # ends what is still running

    def start(self, **settings: str) -> RunningBackend:
        """The backend, always over the same folder and port; these settings go over the common ones."""
        return self.stack.enter_context(RunningBackend(self.folder, self.port, self.settings | settings))

    @property
    def truth(self) -> dict[str, str]:
        """The corpus's own labels, by text."""
        assert self.samples.truth is not None
        return dict(zip(self.samples.texts, self.samples.truth, strict=True))


StageMaker = Callable[..., Stage]


def common_settings(label_studio: Any, teacher: OpenAIServer) -> dict[str, str]:
    return {
        "LABEL_STUDIO_URL": label_studio.url,
        "LABEL_STUDIO_API_KEY": label_studio.token,
        "OPENAI_BASE_URL": teacher.base_url,
        "OPENAI_API_KEY": "sk-simulated",
        "OPENAI_MODEL": MODEL,
        "MRARU_TEACHER_CHECK": "false",  # tests count what the teacher is asked
        "MRARU_INPUT_USD_PER_MTOK": "1",
        "MRARU_OUTPUT_USD_PER_MTOK": "4",
        "MRARU_BATCH_SIZE": "10",
        "MRARU_MAX_ROUNDS": "3",
        "MRARU_RETRAIN_AFTER": "1",
        "MRARU_RETRAIN_DELAY_S": "0",
    }


def simulated_answers(samples: SampleTexts) -> Callable[[str], str]:
    """The corpus's own labels, but the next label of the list for one text in eight."""
    assert samples.truth is not None
    truth = dict(zip(samples.texts, samples.truth, strict=True))

    def answer(text: str) -> str:
        label = truth[text]
        if zlib.crc32(text.encode()) % WRONG_OF:
            return label
        return samples.labels[(samples.labels.index(label) + 1) % len(samples.labels)]

    return answer


def import_texts(sdk: LabelStudio, samples: SampleTexts, label_config: str) -> int:
    """A new project with these texts."""
    project = sdk.projects.create(title="BBC News", label_config=label_config)
    assert project.id is not None
    sdk.projects.import_tasks(project.id, request=[ImportApiRequest(data={"text": text}) for text in samples.texts])
    return int(project.id)
