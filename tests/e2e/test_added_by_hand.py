"""A backend that somebody added in Label Studio's settings, without `mraru connect`."""

from __future__ import annotations

import pytest
from label_studio_sdk import LabelStudio

from e2e.annotator import Annotator
from e2e.running import is_quiet, wait_until
from e2e.stage import StageMaker
from mraru.labelstudio.api.label_studio_client import LOWEST_SCORE_FIRST, LabelStudioClient
from mraru.labelstudio.connecting.connection import SECRET_HEADER

pytestmark = [pytest.mark.label_studio, pytest.mark.slow]


def test_it_works_by_itself_and_protects_its_webhook(
    make_stage: StageMaker, label_studio_sdk: LabelStudio, label_studio_client: LabelStudioClient
) -> None:
    stage = make_stage(60, 500)
    backend = stage.start(MRARU_MAX_ROUNDS="1")
    label_studio_sdk.ml.create(project=stage.project_id, url=backend.url, title="By hand")
    state = backend.wait_for(stage.project_id, is_quiet, "one round is done")
    project = label_studio_client.describe_project(stage.project_id)
    assert (project.model_version, project.sampling) == (state["served_version"], LOWEST_SCORE_FIRST)

    [webhook] = label_studio_client.list_webhooks(stage.project_id)
    assert webhook.headers.get(SECRET_HEADER)
    annotator = Annotator(label_studio_sdk, stage.project_id)
    task = annotator.next_task()
    annotator.submit(task["id"], stage.truth[task["data"]["text"]])
    backend.wait_for(stage.project_id, lambda state: state["n_gold"] == 1, "the correction is gold")

    backend.ask_to_stop()
    assert backend.wait_for_end() == 0
    wait_until(lambda: not backend.is_listening(), "the port is free again")
