from __future__ import annotations

import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from fakes.embedders import CountingEmbedder
from fakes.services import LABEL_CONFIG, MakeServices, connect
from mraru.bootstrap import Services
from mraru.bootstrap.sampler_factory import ACCEPTANCE_RULES, SAMPLERS, make_sampler
from mraru.bootstrap.student_factory import CALIBRATIONS, DISTILBERT, UNCALIBRATED
from mraru.budget_records import Budget
from mraru.errors import BudgetExceeded, PriceUnknown, SettingsError
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.query_strategies.acceptance.acceptance_rule import PowerRule
from mraru.query_strategies.acceptance.adaptive import AdaptiveRule
from mraru.query_strategies.mraru import MRaru
from mraru.schema_records import LabelSchema
from mraru.settings import Settings, load_settings
from mraru.settings.registered_names import RegisteredName
from mraru.store.projects.project_repository import Project
from mraru.students.calibration.calibrated import CalibratedStudent
from mraru.students.named_students import OWN_STUDENTS


def known(services: Services) -> Project:
    project = services.store.projects.get(1)
    assert project is not None
    return project


@pytest.fixture
def schema() -> LabelSchema:
    return parse_label_config(LABEL_CONFIG)


def test_nothing_is_made_before_it_is_asked_for(tmp_path: Path) -> None:
    Services(load_settings(model_dir=tmp_path / "not-yet"))
    assert not (tmp_path / "not-yet").exists()


def test_the_default_embedder_loads_nothing_when_it_is_made(tmp_path: Path) -> None:
    services = Services(load_settings(model_dir=tmp_path, embedding_model="no-such-model"))
    assert services.embedder.name == "no-such-model"
    assert services.predictor.served_version(1) == "mraru-untrained"
    services.store.close()


def own_names(setting: str) -> tuple[str, ...]:
    (registered,) = (mark for mark in Settings.model_fields[setting].metadata if isinstance(mark, RegisteredName))
    return registered.own


def test_every_student_and_sampler_of_the_settings_can_be_made(new_services: MakeServices) -> None:
    assert {*OWN_STUDENTS, DISTILBERT} == set(own_names("student"))
    assert set(SAMPLERS) == set(own_names("sampler"))
    for name in (*OWN_STUDENTS, DISTILBERT):
        assert new_services(student=name).students.make().name == name
    for name in SAMPLERS:
        assert make_sampler(load_settings(sampler=name)).name == name


def test_every_acceptance_rule_of_the_settings_can_be_made() -> None:
    assert set(ACCEPTANCE_RULES) == set(own_names("acceptance_rule"))
    for name in ACCEPTANCE_RULES:
        sampler = make_sampler(
            load_settings(acceptance_rule=name, sharpness=3.0, acceptance_rate=0.2, batch_diversity=0.9)
        )
        assert isinstance(sampler, MRaru)
        assert (sampler.name, sampler.rule.name, sampler.max_similarity) == ("mraru", name, 0.9)
        if isinstance(sampler.rule, PowerRule):
            assert sampler.rule.sharpness == 3.0
        if isinstance(sampler.rule, AdaptiveRule):
            assert sampler.rule.rate == 0.2


def test_every_calibration_of_the_settings_can_be_made_and_none_wraps_nothing(new_services: MakeServices) -> None:
    assert {*CALIBRATIONS, UNCALIBRATED} == set(Settings.model_fields["calibration"].annotation.__args__)  # type: ignore[union-attr]
    assert not isinstance(new_services(calibration="none").students.make(), CalibratedStudent)
    for name in CALIBRATIONS:
        assert isinstance(new_services(calibration=name).students.make(), CalibratedStudent)
    X, y = np.repeat(np.eye(4, dtype=np.float32), 10, axis=0), np.repeat(list("abcd"), 10)
    for name in ("temperature", "sigmoid", "isotonic"):
        student = new_services(calibration=name).students.make()
        student.fit(X, y)
        assert isinstance(student, CalibratedStudent)
        assert student.calibration.method == name


def test_a_set_secret_is_the_secret(services: Services, tmp_path: Path) -> None:
    assert services.webhook_secret.get_secret_value() == "a-secret"
    assert not (tmp_path / "webhook-secret").exists()


def test_a_secret_is_made_once_and_kept_for_its_owner_alone(tmp_path: Path) -> None:
    first = Services(load_settings(model_dir=tmp_path)).webhook_secret.get_secret_value()
    again = Services(load_settings(model_dir=tmp_path)).webhook_secret.get_secret_value()
    other = Services(load_settings(model_dir=tmp_path / "other")).webhook_secret.get_secret_value()
    assert first == again != other
    assert len(first) >= 32
    assert stat.S_IMODE((tmp_path / "webhook-secret").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["webhook-secret"]


def test_all_that_make_the_secret_at_once_agree_on_it(tmp_path: Path) -> None:
    together = threading.Barrier(8)

    def read(_: int) -> str:
        services = Services(load_settings(model_dir=tmp_path))
        together.wait(10)
        return services.webhook_secret.get_secret_value()

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(read, range(8)))) == 1


def test_a_missing_setting_of_label_studio_is_named(new_services: MakeServices) -> None:
    with pytest.raises(SettingsError, match=r"^LABEL_STUDIO_URL: "):
        new_services().label_studio()


def test_what_setup_said_stands_in_for_missing_settings_where_that_is_allowed(new_services: MakeServices) -> None:
    services = new_services(allow_setup_token=True)
    connect(services)
    assert services.label_studio(1).url == "http://localhost:8080"
    for project_id in (2, None):
        with pytest.raises(SettingsError):
            services.label_studio(project_id)


def test_a_callers_address_is_never_asked_unless_that_is_allowed(services: Services) -> None:
    connect(services)
    with pytest.raises(SettingsError, match=r"^LABEL_STUDIO_URL: "):
        services.label_studio(1)


def test_a_callers_address_never_gets_the_teams_token(new_services: MakeServices) -> None:
    services = new_services(label_studio_url="http://ours.example", allow_setup_token=True)
    connect(services)
    services.store.projects.connect(
        1, label_config="", hostname="http://evil.example", access_token="evil", backend_url=None
    )
    assert services.label_studio(1).url == "http://ours.example"


def test_the_teacher_without_an_llm_is_the_zero_shot_one(
    services: Services, schema: LabelSchema, counting: CountingEmbedder
) -> None:
    connect(services)
    teacher = services.teachers.for_project(known(services), schema)
    assert teacher.identity.is_zero_shot
    assert teacher.cost_bound_usd("text") == 0.0
    assert teacher.label("text").label in schema.labels
    assert "text" in counting.embedded


def test_every_call_of_the_teacher_is_booked_and_made_once(services: Services, schema: LabelSchema) -> None:
    connect(services)
    connect(services, 2)
    teacher = services.teachers.for_project(known(services), schema)
    first = teacher.label("text")
    again = teacher.label("text")
    assert (first.from_ledger, again.from_ledger) == (False, True)
    assert first.label == again.label
    assert services.store.ledger.spending(1).n_calls == 1


@pytest.mark.parametrize(
    ("cap", "setting"),
    [
        ({"max_calls": 1}, "MRARU_MAX_CALLS"),
        ({"total_max_calls": 1}, "MRARU_TOTAL_MAX_CALLS"),
    ],
)
def test_a_teacher_keeps_the_set_caps(
    new_services: MakeServices, schema: LabelSchema, cap: dict[str, object], setting: str
) -> None:
    services = new_services(**cap)
    connect(services)
    teacher = services.teachers.for_project(known(services), schema)
    teacher.label("text")
    with pytest.raises(BudgetExceeded, match=setting):
        teacher.label("another text")


def test_all_caps_can_be_set(new_services: MakeServices) -> None:
    services = new_services(max_tokens=5, total_max_calls=6, total_max_tokens=7, total_max_cost_usd=0.5)
    assert services.settings.budget == Budget(max_calls=1000, max_cost_usd=5.0, max_tokens=5)
    assert services.settings.total_budget == Budget(max_calls=6, max_cost_usd=0.5, max_tokens=7)


def test_a_teacher_is_kept_until_its_prompt_changes(services: Services, schema: LabelSchema) -> None:
    connect(services)
    first = services.teachers.for_project(known(services), schema)
    assert services.teachers.for_project(known(services), schema) is first
    renamed = LabelSchema(
        from_name=schema.from_name,
        to_name=schema.to_name,
        text_field=schema.text_field,
        choices=schema.choices[::-1],
    )
    assert services.teachers.for_project(known(services), renamed) is not first


def test_the_teacher_with_an_llm_is_the_llm_with_its_price(new_services: MakeServices, schema: LabelSchema) -> None:
    services = new_services(openai_api_key="k", openai_model="gpt-4.1-mini")
    connect(services)
    teacher = services.teachers.for_project(known(services), schema)
    assert (teacher.identity.model, teacher.identity.is_zero_shot) == ("gpt-4.1-mini", False)
    assert 0.0 < teacher.cost_bound_usd("text") < 0.01


def test_a_teacher_whose_price_nobody_knows_is_not_made(new_services: MakeServices, schema: LabelSchema) -> None:
    services = new_services(openai_base_url="http://localhost:1/v1", openai_model="mine")
    connect(services)
    with pytest.raises(PriceUnknown, match="MRARU_INPUT_USD_PER_MTOK"):
        services.teachers.for_project(known(services), schema)


def test_the_budget_is_that_of_the_settings(new_services: MakeServices) -> None:
    budget = new_services(max_calls=7, max_cost_usd=0.5).settings.budget
    assert (budget.max_calls, budget.max_cost_usd) == (7, 0.5)
