from __future__ import annotations

from pathlib import Path

import pytest

from fakes.services import LABEL_CONFIG, MakeServices, connect
from mraru.bootstrap import Services
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.teachers.batch.openai_batch_teacher import OpenAIBatchTeacher

TEACHERS = """\
mode: {mode}
teachers:
  - name: cheap
    model: small
    confidence: logprobs
    input_usd_per_mtok: 1
    output_usd_per_mtok: 2
  - name: dear
    model: large
    input_usd_per_mtok: 10
    output_usd_per_mtok: 20
"""
SCHEMA = parse_label_config(LABEL_CONFIG)


def models_in_jobs(services: Services) -> list[str]:
    connect(services)
    project = services.store.projects.get(1)
    assert project is not None
    teachers = services.batch_teachers.for_project(project, SCHEMA)
    assert services.batch_teachers.for_project(project, SCHEMA) is teachers
    assert all(isinstance(teacher, OpenAIBatchTeacher) for teacher in teachers)
    return [teacher.identity.model for teacher in teachers]


def test_the_one_llm_is_asked_by_jobs_also_while_they_are_off(new_services: MakeServices) -> None:
    services = new_services(openai_base_url="http://localhost:1/v1", input_usd_per_mtok=1.0, output_usd_per_mtok=1.0)
    assert models_in_jobs(services) == ["gpt-4.1-mini"]


def test_the_built_in_teacher_is_asked_by_none(services: Services) -> None:
    assert models_in_jobs(services) == []


@pytest.mark.parametrize(("mode", "asked"), [("ensemble", ["small", "large"]), ("cascade", ["small"])])
def test_of_several_those_are_asked_that_see_every_text(
    new_services: MakeServices, tmp_path: Path, mode: str, asked: list[str]
) -> None:
    file = tmp_path / "teachers.yaml"
    file.write_text(TEACHERS.format(mode=mode))
    services = new_services(openai_base_url="http://localhost:1/v1", teachers_file=file)
    assert models_in_jobs(services) == asked


def test_a_job_costs_what_the_factor_says(new_services: MakeServices) -> None:
    bounds = []
    for factor in (0.5, 1.0):
        services = new_services(
            openai_base_url="http://localhost:1/v1",
            input_usd_per_mtok=1.0,
            output_usd_per_mtok=1.0,
            batch_price_factor=factor,
        )
        connect(services)
        project = services.store.projects.get(1)
        assert project is not None
        (teacher,) = services.batch_teachers.for_project(project, SCHEMA)
        bounds.append(teacher.cost_bound_usd("a text"))
    assert bounds[0] < bounds[1]
