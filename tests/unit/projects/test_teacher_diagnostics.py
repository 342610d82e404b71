"""A weak teacher is called weak, a good one is not, and the zero-shot one says what it is."""

from __future__ import annotations

import pytest

from mraru.projects.audits.audited_teachers import AuditedTeacher
from mraru.projects.diagnoses.diagnostics import Diagnosis, DiagnosisCode
from mraru.projects.diagnoses.teacher_diagnostics import ZeroShotStanding, diagnose_teachers
from mraru.projects.diagnoses.zero_shot_fit import ZeroShotFit
from mraru.store.projects.project_warnings import WarningLevel

NOT_USED = ZeroShotStanding(labels_now=False, audited=None, fit=None)
FITTING, UNFITTING = (ZeroShotFit(agreement=agreement, n_texts=200) for agreement in (0.75, 0.4))


def audited(
    n_right: int, n_wrong: int, *, is_zero_shot: bool = False, n_labels: int = 258, model: str = "gpt"
) -> AuditedTeacher:
    """Right and wrong ones in turn, as far as there are both."""
    pairs = min(n_right, n_wrong)
    hits = (True, False) * pairs + (True,) * (n_right - pairs) + (False,) * (n_wrong - pairs)
    return AuditedTeacher(model=model, is_zero_shot=is_zero_shot, n_labels=n_labels, n_all_labels=n_labels, hits=hits)


def standing(n_right: int = 0, n_wrong: int = 0, **changes: object) -> ZeroShotStanding:
    """Of a project whose teacher it is."""
    known: dict[str, object] = {
        "labels_now": True,
        "audited": audited(n_right, n_wrong, is_zero_shot=True),
        "fit": FITTING,
    }
    return ZeroShotStanding(**{**known, **changes})  # type: ignore[arg-type]


def of_zero_shot(found: ZeroShotStanding) -> tuple[Diagnosis, ...]:
    return diagnose_teachers([found.audited] if found.audited else [], found)


def codes(found: tuple[Diagnosis, ...]) -> list[DiagnosisCode]:
    return [made.code for made in found]


def test_a_teacher_that_is_mostly_wrong_is_an_error_after_a_few_audited_labels() -> None:
    (made,) = diagnose_teachers([audited(4, 13)], NOT_USED)
    assert (made.code, made.level) == (DiagnosisCode.WEAK_TEACHER, WarningLevel.ERROR)
    assert made.message == (
        "Of 17 audited texts the LLM (gpt) got 4 right: at most 59 % of its 258 labels are right "
        "(95 % sure, however often one looks)."
    )
    assert "stop paying" in made.remedy


def test_one_that_is_right_in_two_thirds_is_a_warning() -> None:
    (made,) = diagnose_teachers([audited(40, 20)], NOT_USED)
    assert made.level is WarningLevel.WARNING


@pytest.mark.parametrize(("n_right", "n_wrong"), [(0, 0), (0, 1), (5, 2), (17, 3), (200, 20)])
def test_too_little_is_known_or_it_is_good_enough(n_right: int, n_wrong: int) -> None:
    assert diagnose_teachers([audited(n_right, n_wrong)], NOT_USED) == ()


def test_of_several_models_the_weak_ones_are_named_and_no_others() -> None:
    (made,) = diagnose_teachers(
        [audited(30, 0, model="good"), audited(1, 9, model="bad"), audited(2, 9, is_zero_shot=True)], NOT_USED
    )
    assert "the LLM (bad) got 1 right" in made.message
    assert "the built-in zero-shot teacher got 2 right" in made.message
    assert "good" not in made.message
    assert made.remedy.count("Do not rely on its labels") == 2


def test_several_teachers_together_are_called_what_they_are() -> None:
    assert audited(1, 0, model="ensemble").name == "the ensemble of LLMs"


def test_the_zero_shot_teacher_says_what_it_was_measured_at_and_asks_for_audited_labels() -> None:
    (made,) = of_zero_shot(standing(n_right=3))
    assert (made.code, made.level) == (DiagnosisCode.ZERO_SHOT, WarningLevel.WARNING)
    assert "not an LLM" in made.message
    assert "TREC 19 %, BANKING77 59 %, AG News 69 %, BBC News 85 %" in made.message
    assert "until the project's page asks for no more" in made.remedy  # by the same count that ends this notice
    assert "tab 'Audit sample'" in made.remedy


def test_it_does_so_before_it_has_labelled_anything() -> None:
    (made,) = of_zero_shot(standing(audited=None))
    assert made.code is DiagnosisCode.ZERO_SHOT
    assert "tab 'Audit sample'" in made.remedy


def test_where_no_audit_is_drawn_it_says_how_to_have_one() -> None:
    (made,) = of_zero_shot(standing(has_audit=False))
    assert "MRARU_AUDIT_SHARE" in made.remedy


def test_a_dozen_audited_labels_take_the_place_of_what_it_was_measured_at_elsewhere() -> None:
    (made,) = of_zero_shot(standing(n_right=12))
    assert (made.code, made.level) == (DiagnosisCode.ZERO_SHOT, WarningLevel.INFO)
    assert "Of 12 audited texts it got 12 right: at least 65 % of its 258 labels are right" in made.message
    assert "TREC" not in made.message


def test_where_people_found_it_weak_that_is_all_that_is_said() -> None:
    assert codes(of_zero_shot(standing(n_wrong=4, fit=UNFITTING))) == [DiagnosisCode.WEAK_TEACHER]


def test_labels_that_an_earlier_zero_shot_teacher_left_are_not_passed_off_as_an_llms() -> None:
    (made,) = of_zero_shot(standing(labels_now=False))
    assert made.message.startswith("258 labels are the built-in zero-shot teacher's, not an LLM's.")


def test_labels_that_do_not_fit_the_texts_are_told_before_anybody_has_audited_one() -> None:
    assert codes(of_zero_shot(standing(audited=None, fit=UNFITTING))) == [
        DiagnosisCode.ZERO_SHOT_MISFIT,
        DiagnosisCode.ZERO_SHOT,
    ]
    made, _ = of_zero_shot(standing(fit=UNFITTING))
    assert "over 200 texts drawn at random, is 0.40 of 1" in made.message


def test_what_people_found_beats_what_the_fit_makes_suspect() -> None:
    assert codes(of_zero_shot(standing(n_right=12, fit=UNFITTING))) == [DiagnosisCode.ZERO_SHOT]


def test_a_fit_that_was_not_measured_says_nothing() -> None:
    assert codes(of_zero_shot(standing(fit=None))) == [DiagnosisCode.ZERO_SHOT]
