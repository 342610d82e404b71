from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mraru.errors import SettingsError
from mraru.records import TeacherMode
from mraru.settings import Settings, load_settings

LOCAL = "http://localhost:11434/v1"
WriteFile = Callable[[str], Path]


@pytest.fixture
def write_file(tmp_path: Path) -> WriteFile:
    def write(content: str) -> Path:
        path = tmp_path / "teachers.yaml"
        path.write_text(content, encoding="utf-8")
        return path

    return write


def load(path: Path, **settings: object) -> Settings:
    return load_settings(**{"teachers_file": path, "openai_api_key": "sk-settings", **settings})


def test_what_the_file_does_not_name_is_as_set(write_file: WriteFile) -> None:
    path = write_file(
        f"mode: ensemble\nteachers:\n  - model: gpt-4.1-mini\n"
        f"  - name: local\n    model: llama3.1\n    base_url: {LOCAL}/\n    confidence: samples\n"
        "    input_usd_per_mtok: 0\n    output_usd_per_mtok: 0\n    requests_per_minute: 9\n"
    )
    settings = load(path, confidence="logprobs", input_usd_per_mtok=1.0, output_usd_per_mtok=2.0)
    mini, local = settings.llms
    assert (mini.name, mini.base_url, mini.confidence, mini.input_usd_per_mtok) == ("gpt-4.1-mini", None, "logprobs", 1)
    assert mini.api_key is not None
    assert mini.api_key.get_secret_value() == "sk-settings"
    assert (local.name, local.base_url, local.confidence) == ("local", LOCAL, "samples")
    assert (local.input_usd_per_mtok, local.output_usd_per_mtok, local.requests_per_minute) == (0, 0, 9)
    assert settings.llm_name == "ensemble(gpt-4.1-mini, local)"


def test_key_version_and_price_of_the_settings_go_to_no_other_server_or_model(write_file: WriteFile) -> None:
    path = write_file(f"mode: ensemble\nteachers:\n  - model: big\n  - base_url: {LOCAL}\n")
    big, elsewhere = load(path, input_usd_per_mtok=0.0, output_usd_per_mtok=0.0).llms
    assert (big.input_usd_per_mtok, elsewhere.input_usd_per_mtok) == (None, None)
    assert (big.api_key is None, elsewhere.api_key is None) == (False, True)


def test_without_a_file_the_settings_are_the_one_llm_and_without_an_llm_there_is_none() -> None:
    settings = load_settings(openai_api_key="k", openai_model="mine")
    assert [llm.name for llm in settings.llms] == ["mine"]
    assert settings.several_teachers is None
    assert load_settings().llms == ()


def test_a_file_alone_makes_llms_the_teacher(write_file: WriteFile) -> None:
    path = write_file(
        f"mode: ensemble\nteachers:\n  - {{model: a, base_url: {LOCAL}}}\n  - {{model: b, base_url: {LOCAL}}}\n"
    )
    settings = load_settings(teachers_file=path)
    assert settings.uses_llm
    assert settings.several_teachers is not None
    assert settings.several_teachers.mode is TeacherMode.ENSEMBLE


def test_an_answer_by_samples_of_any_teacher_has_its_time_before_it_counts_as_lost(write_file: WriteFile) -> None:
    path = write_file("mode: ensemble\nteachers:\n  - model: a\n  - {model: b, confidence: samples}\n")
    settings = load(path, confidence_samples=20, teacher_timeout_s=10.0)
    assert settings.lost_after_s == 420.0


TWO = "  - model: a\n  - model: b\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("mode: [", "not YAML"),
        ("- a\n- b\n", "must hold the keys `mode` and `teachers`"),
        (f"mode: ensemble\nteacher: 1\nteachers:\n{TWO}", "teacher: no such key"),
        (f"mode: ensemble\nteachers:\n{TWO}    modell: c\n", "teacher 2: modell: no such key"),
        (f"mode: committee\nteachers:\n{TWO}", "mode: "),
        ("mode: ensemble\nteachers:\n  - model: a\n", "teachers: "),
        (f"mode: ensemble\nunsure_below: 0.5\nteachers:\n{TWO}", "unsure_below is for `mode: cascade` alone"),
        (f"mode: cascade\nunsure_below: 1.5\nteachers:\n{TWO}", "unsure_below: "),
        (f"mode: cascade\nteachers:\n{TWO}", r"teacher 1 \('a'\): a cascade must know how sure it is"),
        ("mode: ensemble\nteachers:\n  - model: a\n  - {name: a, model: b}\n", "an earlier one has this name"),
        (
            "mode: ensemble\nteachers:\n  - model: a\n  - {name: b, model: a}\n",
            "same model with the same prompt as 'a'",
        ),
        ("mode: ensemble\nteachers:\n  - model: a\n  - {model: b, base_url: localhost}\n", "teacher 2: base_url: must"),
        ("mode: ensemble\nteachers:\n  - model: a\n  - {model: b, api_version: v1}\n", "set base_url to its endpoint"),
    ],
)
def test_a_wrong_file_is_refused_with_its_name_and_what_is_wrong(
    write_file: WriteFile, content: str, said: str
) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        load(write_file(content))
    assert str(caught.value).startswith("MRARU_TEACHERS_FILE: ")
    assert "teachers.yaml" in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"cannot read .*nowhere\.yaml: No such file"):
        load(tmp_path / "nowhere.yaml")


def test_openai_without_a_key_is_refused(write_file: WriteFile) -> None:
    with pytest.raises(SettingsError, match="OpenAI wants a key"):
        load_settings(teachers_file=write_file(f"mode: ensemble\nteachers:\n{TWO}"))


def test_the_built_in_teacher_and_a_file_exclude_each_other(write_file: WriteFile) -> None:
    with pytest.raises(SettingsError, match="MRARU_TEACHER is zero-shot"):
        load(write_file(f"mode: ensemble\nteachers:\n{TWO}"), teacher="zero-shot")


def test_the_last_teacher_of_a_cascade_need_not_know_how_sure_it_is(write_file: WriteFile) -> None:
    path = write_file("mode: cascade\nteachers:\n  - {model: a, confidence: logprobs}\n  - model: b\n")
    settings = load(path)
    assert settings.several_teachers is not None
    assert settings.several_teachers.unsure_below == 0.8
    assert settings.llm_name == "cascade(a, b)"


def test_a_key_is_never_shown(write_file: WriteFile) -> None:
    keyed = "  - {model: a, api_key: sk-hidden}\n"
    settings = load(write_file(f"mode: ensemble\nteachers:\n{keyed}  - model: b\n"))
    assert settings.llms[0].api_key is not None
    assert settings.llms[0].api_key.get_secret_value() == "sk-hidden"
    for wrong in ("  - model: {api_key: sk-hidden}\n", "  - api_key: [sk-hidden\n", "  - {api_key: sk-hidden, x: 1}\n"):
        with pytest.raises(SettingsError) as caught:
            load(write_file(f"mode: ensemble\nteachers:\n{keyed}{wrong}"))
        assert "hidden" not in f"{caught.value!r}{caught.value.__cause__!r}"
    assert "hidden" not in repr(settings.llms) + repr(settings) + repr(settings.several_teachers)
