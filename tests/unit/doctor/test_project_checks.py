from __future__ import annotations

from collections.abc import Callable

import pytest

from fakes.label_studio import label_config
from fakes.label_studio_connected import FakeRegistrations
from mraru.doctor.examined import Examined
from mraru.doctor.findings import NothingToExamine, Severity
from mraru.doctor.label_studio.asked_texts import check_label_config, check_texts
from mraru.doctor.label_studio.registration import check_project_there
from mraru.doctor.label_studio.served_predictions import (
    check_model_version,
    check_sampling,
    check_training_start,
    check_visibility,
)
from mraru.doctor.project_standing import check_project_settings, check_state, check_warnings
from mraru.records import Prediction
from mraru.store.projects.project_repository import ProjectState
from mraru.store.projects.project_warnings import WarningLevel

ExamineProject = Callable[..., Examined]
CHECKS = (
    check_sampling,
    check_visibility,
    check_training_start,
    check_label_config,
    check_texts,
    check_state,
    check_warnings,
    check_project_settings,
)


@pytest.mark.parametrize("check", CHECKS)
def test_a_project_whose_rounds_go_on_is_well(examine_project: ExamineProject, check: Callable[..., object]) -> None:
    assert list(check(examine_project())) == []  # type: ignore[call-overload]


def predict(studio: FakeRegistrations, version: str) -> None:
    studio.keep(Prediction(task_id=1, label="sport", score=0.5, model_version=version))


def test_a_version_that_no_prediction_has_is_told(examine_project: ExamineProject, studio: FakeRegistrations) -> None:
    studio.model_version = "M-RARU"  # as Label Studio sets it on connecting
    (finding,) = check_model_version(examine_project())
    assert (finding.code, finding.severity) == ("version-without-predictions", Severity.WARNING)


@pytest.mark.parametrize("served", [None, "theirs"])
def test_another_version_than_ours_is_told(
    examine_project: ExamineProject, studio: FakeRegistrations, served: str | None
) -> None:
    predict(studio, "mraru")
    predict(studio, "theirs")
    studio.model_version = served
    examined = examine_project()
    examined.services.store.projects.set_served(1, "mraru", 1)
    (finding,) = check_model_version(examined)
    assert (finding.code, finding.severity) == ("another-version-served", Severity.WARNING)


def test_our_version_is_well_and_before_the_first_predictions_there_is_nothing_to_look_at(
    examine_project: ExamineProject, studio: FakeRegistrations
) -> None:
    with pytest.raises(NothingToExamine):
        list(check_model_version(examine_project()))
    predict(studio, "mraru")
    studio.model_version = "mraru"
    examined = examine_project()
    examined.services.store.projects.set_served(1, "mraru", 1)
    assert list(check_model_version(examined)) == []


def test_another_sampling_is_told(examine_project: ExamineProject, studio: FakeRegistrations) -> None:
    studio.sampling = "Sequential sampling"
    (finding,) = check_sampling(examine_project())
    assert (finding.code, finding.severity) == ("sampling-changed", Severity.WARNING)


def test_predictions_that_are_hidden_are_told(examine_project: ExamineProject, studio: FakeRegistrations) -> None:
    studio.is_hidden = True
    (finding,) = check_visibility(examine_project())
    assert (finding.code, finding.severity) == ("predictions-hidden", Severity.WARNING)


def test_training_by_label_studio_itself_is_told(examine_project: ExamineProject, studio: FakeRegistrations) -> None:
    studio.training_start = 1
    (finding,) = check_training_start(examine_project())
    assert (finding.code, finding.severity) == ("trains-while-people-submit", Severity.WARNING)


def test_a_label_config_that_cannot_be_used_is_told(examine_project: ExamineProject, studio: FakeRegistrations) -> None:
    examined = examine_project()
    studio.label_config = label_config(["only one"])
    assert list(check_project_there(examined)) == []  # reads it anew
    (finding,) = check_label_config(examined)
    assert (finding.code, finding.is_blocking) == ("label-config-unsupported", True)
    assert "two are needed" in finding.message


def test_the_label_config_is_looked_at_as_people_chose_to_read_it(
    examine_project: ExamineProject, studio: FakeRegistrations
) -> None:
    examined = examine_project()
    another = label_config().replace("<View>", "").replace("</View>", "")
    another = another.replace('"label"', '"another"').replace('"text"', '"body"')
    studio.label_config = label_config().replace("</View>", another + "</View>")
    assert list(check_project_there(examined)) == []
    examined.services.store.project_settings.change(examined.project_id, {"only": "nothing"})
    (finding,) = check_label_config(examined)
    assert "named 'nothing', but these are: label, another" in finding.message
    examined.services.store.project_settings.change(examined.project_id, {"only": "another"})
    assert list(check_label_config(examined)) == []
    assert examined.known_schema.to_name == "body"


@pytest.mark.parametrize(
    ("texts", "code", "severity"),
    [
        ({}, "tasks-missing", Severity.WARNING),
        ({1: "", 2: "  "}, "texts-missing", Severity.ERROR),
        ({1: "sport", 2: "\n"}, "texts-empty", Severity.WARNING),
    ],
)
def test_texts_that_are_missing_are_told(
    examine_project: ExamineProject,
    studio: FakeRegistrations,
    texts: dict[int, str],
    code: str,
    severity: Severity,
) -> None:
    examined = examine_project()
    studio.tasks = texts
    (finding,) = check_texts(examined)
    assert (finding.code, finding.severity) == (code, severity)
    assert code == "tasks-missing" or "'text'" in finding.message


@pytest.mark.parametrize(("n_read", "severity"), [(0, Severity.ERROR), (2, Severity.WARNING)])
def test_files_that_cannot_be_had_are_told_with_what_to_do(
    examine_project: ExamineProject, studio: FakeRegistrations, n_read: int, severity: Severity
) -> None:
    studio.label_config = label_config(in_files=True)
    studio.tasks = {n: f"/data/upload/1/{n}.txt" for n in range(1, 4)} | {4: "https://example.com/4.txt"}
    studio.files = {f"/data/upload/1/{n}.txt": "late" for n in range(1, n_read + 1)}
    examined = examine_project()
    assert list(check_label_config(examined)) == []
    findings = [*check_texts(examined), *check_warnings(examined)]
    assert [(finding.code, finding.severity) for finding in findings] == [("files-not-read", severity)]
    named = ", ".join(str(n) for n in range(n_read + 1, 5))
    assert findings[0].message.endswith(f"Label Studio has no file, an address that is not Label Studio's): {named}.")
    assert "Upload the files again" in findings[0].remedy
    assert "import the texts" in findings[0].remedy


def test_texts_that_are_missing_are_told_once(examine_project: ExamineProject, studio: FakeRegistrations) -> None:
    studio.tasks[3] = ""
    examined = examine_project()
    (warning,) = check_warnings(examined)
    assert warning.code == "warning-tasks-without-text"
    assert [finding.code for finding in (*check_texts(examined), *check_warnings(examined))] == ["texts-empty"]


@pytest.mark.parametrize(
    ("state", "reason", "code", "severity"),
    [
        (ProjectState.FAILED, "the key is wrong", "project-failed", Severity.ERROR),
        (ProjectState.PAUSED, "the LLM is busy", "project-paused", Severity.WARNING),
        (ProjectState.STOPPED, "budget: 10 of 10 calls made", "project-stopped", Severity.INFO),
    ],
)
def test_why_rounds_do_not_go_on_is_told(
    examine_project: ExamineProject, state: ProjectState, reason: str, code: str, severity: Severity
) -> None:
    examined = examine_project()
    examined.services.store.projects.set_state(1, state, reason, retry_at=1_000_060.0)
    (finding,) = check_state(examined)
    assert (finding.code, finding.severity) == (code, severity)
    assert reason in finding.message
    assert state is not ProjectState.PAUSED or "until 1970-01-12 13:47:40 UTC" in finding.message


def test_a_persons_pause_is_good_to_know(examine_project: ExamineProject) -> None:
    examined = examine_project()
    examined.services.store.projects.pause(1)
    (finding,) = check_state(examined)
    assert (finding.code, finding.severity) == ("project-paused-by-person", Severity.INFO)


@pytest.mark.parametrize(("reason", "severity"), [("", Severity.INFO), ("not listed there", Severity.WARNING)])
def test_a_project_that_nobody_started_is_told(
    examine_project: ExamineProject, reason: str, severity: Severity
) -> None:
    examined = examine_project()
    examined.services.store.projects.await_start(1)
    examined.services.store.projects.refuse_start(1, reason)
    (finding,) = check_state(examined)
    assert (finding.code, finding.severity) == ("project-not-started", severity)
    assert reason in finding.message


@pytest.mark.parametrize(
    ("level", "severity"),
    [
        (WarningLevel.INFO, Severity.INFO),
        (WarningLevel.WARNING, Severity.WARNING),
        (WarningLevel.ERROR, Severity.ERROR),
    ],
)
def test_warnings_of_the_project_are_passed_on(
    examine_project: ExamineProject, level: WarningLevel, severity: Severity
) -> None:
    examined = examine_project()
    examined.services.store.warnings.note(1, "a-code", "Something is so.", 0.0, level=level, remedy="Do this.")
    (finding,) = check_warnings(examined)
    assert (finding.code, finding.severity) == ("warning-a-code", severity)
    assert (finding.message, finding.remedy) == ("Something is so.", "Do this.")


def test_a_setting_of_the_project_that_is_possible_no_more_is_told(examine_project: ExamineProject) -> None:
    examined = examine_project()
    examined.services.store.project_settings.change(1, {"batch_size": -1})
    (finding,) = check_project_settings(examined)
    assert (finding.code, finding.severity) == ("project-setting-invalid", Severity.ERROR)
    assert "mraru set 1 --unset" in finding.message


def test_a_project_that_paused_until_people_see_to_something_is_an_error(examine_project: ExamineProject) -> None:
    examined = examine_project()
    examined.services.store.projects.pause(1, "m named no label in 11 of its last 11 answers")
    (finding,) = check_state(examined)
    assert (finding.code, finding.severity) == ("project-given-up", Severity.ERROR)
    assert "m named no label" in finding.message
