"""The demo's project in Label Studio: made once per folder, found again by its title."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import cast

from label_studio_sdk import LabelStudio
from label_studio_sdk.types.all_roles_project_list import AllRolesProjectList
from label_studio_sdk.types.import_api_request import ImportApiRequest

from mraru.demo.sample_texts import SampleTexts
from mraru.errors import DemoError

IMPORT_SIZE = 500  # tasks per request
INSTRUCTION = "Choose what the text is about."


def find_or_make_project(url: str, token: str, samples: SampleTexts, on_progress: Callable[[int, int], None]) -> int:
    """The number of the project that holds these texts."""
    sdk = LabelStudio(base_url=url, api_key=token)  # type: ignore[no-untyped-call]
    for project in cast(Iterable[AllRolesProjectList], sdk.projects.list()):
        is_ours = project.title in (samples.project_title, samples.title)  # the latter is from before parts had a title
        if is_ours and project.task_number == len(samples.texts) and project.id is not None:
            return int(project.id)
    made = sdk.projects.create(
        title=samples.project_title, label_config=samples.label_config, expert_instruction=INSTRUCTION
    )
    if made.id is None:
        raise DemoError("Label Studio made a project without a number: look into label-studio.log.")
    project_id = made.id
    for start in range(0, len(samples.texts), IMPORT_SIZE):
        batch = samples.texts[start : start + IMPORT_SIZE]
        sdk.projects.import_tasks(project_id, request=[ImportApiRequest(data={"text": text}) for text in batch])
        on_progress(start + len(batch), len(samples.texts))
    return project_id
