from __future__ import annotations

import math

import pytest

from mraru.errors import ProjectSettingInvalid
from mraru.settings import Settings, load_settings
from mraru.settings.project_fields import (
    FIELDS,
    PROJECT_FIELDS,
    SettingKind,
    find_field,
    override_settings,
    read_value,
)


def test_every_field_is_a_setting_whose_default_is_allowed() -> None:
    defaults = load_settings()
    for name in PROJECT_FIELDS:
        assert name in Settings.model_fields
        assert read_value(name, getattr(defaults, name)) == getattr(defaults, name)


def test_no_secret_address_or_total_can_be_set_for_one_project() -> None:
    kept = {name for name in Settings.model_fields if any(part in name for part in ("key", "secret", "url", "total"))}
    assert len(kept) > 5
    assert not kept & set(PROJECT_FIELDS)
    for name in ("total_max_cost_usd", "OPENAI_API_KEY", "model_dir", "no such"):
        with pytest.raises(ProjectSettingInvalid, match=f"'{name}' cannot be set for one project: what can is max_c"):
            find_field(name)


@pytest.mark.parametrize("name", ["max_calls", "MRARU_MAX_CALLS", " max-calls ", "mraru_max_calls"])
def test_a_field_is_found_by_each_of_its_names(name: str) -> None:
    assert find_field(name).name == "max_calls"


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("max_calls", "50", 50),
        ("max_calls", 50, 50),
        ("max_cost_usd", "0.5", 0.5),
        ("student", "svm", "svm"),
        ("calibration", "none", "none"),
        ("max_rounds", "None", None),
        ("max_tokens", "", None),
        ("stop_kappa", None, None),
    ],
)
def test_a_value_is_read_as_typed_or_as_json(name: str, given: object, value: object) -> None:
    read = read_value(name, given)
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("batch_size", 0, "MRARU_BATCH_SIZE: must be an integer of at least 1 and of at most 1,000,000,000, not '0'"),
        ("max_calls", -1, "MRARU_MAX_CALLS: must be an integer of at least 0"),
        ("max_calls", None, "MRARU_MAX_CALLS: must be an integer"),
        ("max_calls", True, "MRARU_MAX_CALLS: must be an integer"),
        ("max_calls", 2.5, "MRARU_MAX_CALLS: must be an integer"),
        ("max_calls", 10**12, "MRARU_MAX_CALLS: must be an integer"),
        ("max_cost_usd", "inf", "MRARU_MAX_COST_USD: must be a number of at least 0, not 'inf'"),
        ("max_cost_usd", math.nan, "MRARU_MAX_COST_USD: must be a number of at least 0"),
        ("acceptance_rate", 1, "MRARU_ACCEPTANCE_RATE: must be a number above 0 and below 1, not '1'"),
        ("stop_kappa", 1.5, "MRARU_STOP_KAPPA: must be a number above 0 and of at most 1, or none, not '1.5'"),
        ("sampler", "best", "MRARU_SAMPLER: must be one of mraru, random, not 'best'"),
        ("student", "distilbert", "MRARU_STUDENT: must be one of logreg, svm, lda, rf, hgb, not 'distilbert'"),
        ("student", ["svm"], "MRARU_STUDENT: must be one of"),
        ("student", {"a": "x" * 1000}, "MRARU_STUDENT: must be one of"),
    ],
)
def test_a_refusal_names_setting_value_and_what_is_allowed(name: str, given: object, message: str) -> None:
    with pytest.raises(ProjectSettingInvalid) as refused:
        read_value(name, given)
    assert str(refused.value).startswith(message)
    assert len(str(refused.value)) < 200


def test_what_a_form_needs_of_each_field_is_told() -> None:
    assert FIELDS["student"].kind is SettingKind.CHOICE
    assert FIELDS["student"].choices == ("logreg", "svm", "lda", "rf", "hgb")
    assert (FIELDS["max_tokens"].kind, FIELDS["max_tokens"].is_nullable) == (SettingKind.INTEGER, True)
    assert (FIELDS["max_cost_usd"].kind, FIELDS["max_cost_usd"].is_nullable) == (SettingKind.NUMBER, False)
    assert FIELDS["max_calls"].environment_name == "MRARU_MAX_CALLS"
    assert all(field.description for field in FIELDS.values())


def test_overridden_settings_are_the_servers_but_for_what_is_set() -> None:
    server = load_settings(max_calls=7, batch_size=9)
    changed = override_settings(server, {"max_calls": 3, "max_rounds": None})
    assert (changed.max_calls, changed.max_rounds, changed.batch_size) == (3, None, 9)
    assert server.max_calls == 7
    assert override_settings(server, {}) is server


def test_beside_distilbert_no_project_has_another_student() -> None:
    with pytest.raises(ProjectSettingInvalid, match="MRARU_STUDENT: is distilbert for all projects"):
        override_settings(load_settings(student="distilbert"), {"student": "svm"})
