"""A project in which the simulated teacher took every text about tech for one about sport, and people corrected it."""

from __future__ import annotations

from collections.abc import Sequence

from fakes.label_studio import LABELS, FakeLabelStudio
from fakes.openai_server import OpenAIServer
from mraru.bootstrap import Services
from mraru.projects.syncing.project_sync import sync_project
from mraru.records import Annotation, TeacherAnswer, TeacherIdentity, hash_text

TEXTS = tuple(f"{LABELS[number % 3]} {number}" for number in range(24))  # 8 of each class
SIMULATED = TeacherIdentity(model="simulated teacher", prompt_version="p1", server="http://simulated")


def say_sport_for_tech(text: str) -> str:
    """How the simulated teacher labels without a definition."""
    return "food" if text.startswith("food") else "sport"


def say_right(text: str) -> str:
    return text.split()[0]


def llm_settings(server: OpenAIServer) -> dict[str, object]:
    return {
        "openai_base_url": server.base_url,
        "openai_model": "m",
        "input_usd_per_mtok": 1.0,
        "output_usd_per_mtok": 2.0,
        "teacher_concurrency": 1,
    }


def fill(services: Services, texts: Sequence[str] = TEXTS) -> FakeLabelStudio:
    """Make project 1 known, with the teacher's labels and people's, which are the first word of each text."""
    studio = FakeLabelStudio(texts)
    for task_id, text in studio.tasks.items():
        studio.annotations[task_id] = Annotation(
            annotation_id=task_id, task_id=task_id, label=say_right(text), lead_time_s=1.0
        )
    sync_project(services.store, studio, 1, services.clock)
    for text in texts:
        services.store.teacher_labels.save(
            1,
            text_hash=hash_text(text),
            answer=TeacherAnswer(label=say_sport_for_tech(text), raw="{}"),
            identity=SIMULATED,
            round_number=0,
            at=0.0,
        )
    return studio
