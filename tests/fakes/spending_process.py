"""One round of a project, or a check of the LLM, in a process that may be told to end at any moment.

    python -m fakes.spending_process FOLDER URL COMMAND

Label Studio is the one in memory, the LLM the simulated teacher at URL.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from fakes.embedders import CountingEmbedder
from fakes.label_studio import LABELS, FakeLabelStudio
from fakes.services import make_services
from mraru.bootstrap import Services
from mraru.cli.interrupts import ends_in_order
from mraru.cli.project.one_round import run_round
from mraru.cli.teacher.teacher_check import check_teachers
from mraru.projects.syncing.project_sync import sync_project
from mraru.records import Annotation

ROUND_SIZE = 4


def open_services(folder: Path, url: str) -> Services:
    """A project with one label of people's for each class."""
    services = make_services(
        folder,
        time.time,  # type: ignore[arg-type]
        CountingEmbedder(),
        openai_base_url=url,
        openai_model="m",
        input_usd_per_mtok=1.0,
        output_usd_per_mtok=2.0,
        batch_size=ROUND_SIZE,
        auto_start=False,
        tabs=False,
    )
    studio = FakeLabelStudio([f"{LABELS[number % 3]} {number}" for number in range(30)])
    for task_id, label in zip((1, 2, 3), LABELS, strict=False):
        said = Annotation(annotation_id=task_id, task_id=task_id, label=label, lead_time_s=1.0)
        studio.annotations[task_id] = said
    sync_project(services.store, studio, 1, time.time)
    services.store.projects.forget_corrections(1, len(studio.annotations))
    services.label_studio = lambda project_id=None: studio  # type: ignore[method-assign,assignment,return-value]
    return services


def main(folder: str, url: str, command: str) -> int:
    """As the command `mraru` would do it."""
    with ends_in_order(open_services(Path(folder), url)) as services:
        if command == "round":
            return run_round(services, 1)
        return 0 if check_teachers(services, None) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
