from __future__ import annotations

from pathlib import Path

import pytest

from mraru.cli.upkeep.settings_page import settings_page
from mraru.errors import SettingsError
from mraru.settings import Settings, describe_settings, environment_names, load_settings
from mraru.settings.project_fields import PROJECT_FIELDS
from mraru.settings.setting_topics import TOPICS


@pytest.mark.parametrize(
    ("variable", "given", "field", "value"),
    [
        ("LABEL_STUDIO_URL", "http://ls:8080/", "label_studio_url", "http://ls:8080"),
        ("LABEL_STUDIO_HOST", "https://ls", "label_studio_url", "https://ls"),
        ("MRARU_LABEL_STUDIO_TIMEOUT_S", "2.5", "label_studio_timeout_s", 2.5),
        ("MRARU_HOST", "127.0.0.1", "host", "127.0.0.1"),
        ("PORT", "9191", "port", 9191),
        ("WORKERS", "3", "workers", 3),
        ("THREADS", "4", "threads", 4),
        ("LOG_LEVEL", "debug", "log_level", "DEBUG"),
        ("MODEL_DIR", "/data/models", "model_dir", Path("/data/models")),
        ("OPENAI_BASE_URL", "http://llm/v1/", "openai_base_url", "http://llm/v1"),
        ("OPENAI_MODEL", "qwen", "openai_model", "qwen"),
        ("MRARU_TEACHER", "zero-shot", "teacher", "zero-shot"),
        ("MRARU_MAX_CALLS", "7", "max_calls", 7),
        ("MRARU_MAX_COST_USD", "0.5", "max_cost_usd", 0.5),
        ("MRARU_AUTO_START", "false", "auto_start", False),
        ("MRARU_STUDENT", "svm", "student", "svm"),
        ("MRARU_SAMPLER", "random", "sampler", "random"),
        ("mraru_batch_size", "10", "batch_size", 10),
    ],
)
def test_a_variable_sets_its_field(
    monkeypatch: pytest.MonkeyPatch, variable: str, given: str, field: str, value: object
) -> None:
    if field == "label_studio_url":
        monkeypatch.setenv("LABEL_STUDIO_API_KEY", "t")
    monkeypatch.setenv(variable, given)
    assert getattr(load_settings(), field) == value


@pytest.mark.parametrize(
    ("variable", "field"),
    [
        ("LABEL_STUDIO_API_KEY", "label_studio_api_key"),
        ("OPENAI_API_KEY", "openai_api_key"),
        ("BASIC_AUTH_PASS", "basic_auth_pass"),
        ("MRARU_WEBHOOK_SECRET", "webhook_secret"),
    ],
)
def test_a_secret_is_read_and_never_shown(monkeypatch: pytest.MonkeyPatch, variable: str, field: str) -> None:
    monkeypatch.setenv("BASIC_AUTH_USER", "user")
    monkeypatch.setenv("BASIC_AUTH_PASS", "pass")
    if field == "label_studio_api_key":
        monkeypatch.setenv("LABEL_STUDIO_URL", "http://ls")
    monkeypatch.setenv(variable, "hush-hush")
    settings = load_settings()
    assert getattr(settings, field).get_secret_value() == "hush-hush"
    for shown in (repr(settings), str(settings), f"{settings.model_dump()}", settings.model_dump_json()):
        assert "hush-hush" not in shown


def test_every_field_that_could_hold_a_secret_is_of_a_secret_type() -> None:
    endings = ("_key", "_pass", "_secret", "_token")
    fields = Settings.model_fields.items()
    named = [name for name, field in fields if name.endswith(endings) and field.annotation is not bool]
    assert named == ["label_studio_api_key", "basic_auth_pass", "webhook_secret", "openai_api_key"]
    assert all("SecretStr" in str(Settings.model_fields[name].annotation) for name in named)


@pytest.mark.parametrize("variable", ["LABEL_STUDIO_URL", "LABEL_STUDIO_HOST", "LABEL_STUDIO_API_KEY"])
def test_half_of_the_pair_is_refused(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "http://label-studio.example")
    with pytest.raises(SettingsError, match=r"^LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY: set both or neither"):
        load_settings()


def test_the_preferred_name_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABEL_STUDIO_URL", "http://preferred")
    monkeypatch.setenv("LABEL_STUDIO_HOST", "http://other")
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "t")
    assert load_settings().label_studio_url == "http://preferred"


@pytest.mark.parametrize(
    ("variable", "given", "why"),
    [
        ("PORT", "ninety", "valid integer"),
        ("PORT", "70000", "less than or equal to 65535"),
        ("WORKERS", "0", "greater than or equal to 1"),
        ("LOG_LEVEL", "LOUD", "use DEBUG, INFO, WARNING, ERROR or CRITICAL"),
        ("LABEL_STUDIO_URL", "localhost:8080", "must begin with http:// or https://"),
        ("OPENAI_BASE_URL", "ftp://llm", "must begin with http:// or https://"),
        ("MRARU_MAX_CALLS", "-1", "greater than or equal to 0"),
        ("MRARU_TEACHER", "oracle", "auto, openai, zero-shot"),
        ("MRARU_STUDENT", "oracle", "use one of logreg, svm, lda, rf, hgb, distilbert"),
        ("MRARU_AUTO_START", "perhaps", "valid boolean"),
    ],
)
def test_a_wrong_value_is_one_line_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, given: str, why: str
) -> None:
    monkeypatch.setenv(variable, given)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    message = str(caught.value)
    assert message.startswith(f"{variable}: ")
    assert why in message
    assert "\n" not in message


def test_a_wrong_label_studio_host_names_a_variable_of_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABEL_STUDIO_HOST", "localhost")
    with pytest.raises(SettingsError, match=r"^LABEL_STUDIO_(URL|HOST): must begin with"):
        load_settings()


@pytest.mark.parametrize("alone", ["BASIC_AUTH_USER", "BASIC_AUTH_PASS"])
def test_basic_auth_needs_both_or_neither(monkeypatch: pytest.MonkeyPatch, alone: str) -> None:
    monkeypatch.setenv(alone, "x")
    with pytest.raises(SettingsError, match="BASIC_AUTH_USER and BASIC_AUTH_PASS: set both or neither"):
        load_settings()
    monkeypatch.setenv("BASIC_AUTH_USER", "x")
    monkeypatch.setenv("BASIC_AUTH_PASS", "x")
    assert load_settings().basic_auth_user == "x"


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("BASIC_AUTH_USER", "OPENAI_API_KEY", "PORT", "MRARU_MAX_ROUNDS"):
        monkeypatch.setenv(variable, "")
    settings = load_settings()
    assert (settings.basic_auth_user, settings.openai_api_key, settings.port) == (None, None, 9090)


@pytest.mark.parametrize(
    ("variables", "uses_llm"),
    [
        ({}, False),
        ({"OPENAI_API_KEY": "k"}, True),
        ({"OPENAI_BASE_URL": "http://llm"}, True),
        ({"OPENAI_API_KEY": "k", "MRARU_TEACHER": "zero-shot"}, False),
        ({"OPENAI_API_KEY": "k", "MRARU_TEACHER": "openai"}, True),
    ],
)
def test_an_llm_is_asked_where_one_is_set(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], uses_llm: bool
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert load_settings().uses_llm is uses_llm


def test_a_call_is_not_given_up_for_lost_while_its_answer_may_still_come(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings(teacher_timeout_s=30.0).lost_after_s >= 300.0
    assert load_settings(teacher_timeout_s=30.0, call_lost_after_s=90.0).lost_after_s == 90.0
    monkeypatch.setenv("MRARU_CALL_LOST_AFTER_S", "89")
    with pytest.raises(SettingsError, match=r"^MRARU_CALL_LOST_AFTER_S: must be at least three times"):
        load_settings(teacher_timeout_s=30.0)


def test_an_llm_without_key_and_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MRARU_TEACHER", "openai")
    with pytest.raises(SettingsError, match=r"^OPENAI_API_KEY: needed because MRARU_TEACHER is openai"):
        load_settings()


def test_a_file_in_the_working_directory_is_read_and_the_environment_beats_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("PORT=9999\nMRARU_MAX_CALLS=3\nOPENAI_API_KEY=from-file\nSOMEBODY_ELSES=1\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PORT", "9998")
    settings = load_settings()
    assert (settings.port, settings.max_calls) == (9998, 3)
    assert settings.openai_api_key is not None
    assert settings.openai_api_key.get_secret_value() == "from-file"


def test_an_argument_beats_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9998")
    assert load_settings(port=9997).port == 9997


def test_every_setting_has_a_meaning_and_names_of_its_own() -> None:
    described = list(describe_settings())
    assert len(described) == len(Settings.model_fields)
    assert [names for names, _, meaning in described if len(meaning) < 10] == []
    assert [names for names, _, meaning in described if not meaning.endswith(".")] == []
    every = [name for names, _, _ in described for name in names]
    assert len(set(every)) == len(every)


def test_every_setting_can_be_set_by_each_of_its_names() -> None:
    assert environment_names("max_calls", Settings.model_fields["max_calls"]) == ("MRARU_MAX_CALLS",)
    assert environment_names("label_studio_url", Settings.model_fields["label_studio_url"]) == (
        "LABEL_STUDIO_URL",
        "LABEL_STUDIO_HOST",
    )


def test_every_setting_has_one_topic() -> None:
    in_topics = [name for topic in TOPICS for name in topic.fields]
    assert sorted(in_topics) == sorted(Settings.model_fields), "name it in settings/setting_topics.py"
    assert max(len(topic.fields) for topic in TOPICS) <= 20


def test_the_page_shows_each_setting_on_one_line_of_its_table_with_an_anchor() -> None:
    rows = [line for line in settings_page().splitlines() if line.startswith('| <a id="')]
    assert len(rows) == len(Settings.model_fields)
    assert all(row.replace(r"\|", "").count("|") == 4 for row in rows)
    for names, _, _ in describe_settings():
        assert sum(row.startswith(f'| <a id="{names[0].lower()}"></a>`{names[0]}`') for row in rows) == 1


def test_the_page_says_what_is_allowed_and_what_may_differ_from_project_to_project() -> None:
    page = settings_page()
    (row,) = [line for line in page.splitlines() if 'id="mraru_sharpness"' in line]
    assert row.endswith("A number above 0 and of at most 1,024. Per project. |")
    (row,) = [line for line in page.splitlines() if 'id="mraru_answer_format"' in line]
    assert row.endswith("One of `auto`, `json_schema`, `tool`, `json_object`, `text`. |")
    assert page.count("Per project. |") == len(PROJECT_FIELDS)
