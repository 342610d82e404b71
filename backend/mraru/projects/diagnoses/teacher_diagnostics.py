"""Whether a teacher is weak, by what people's audit says of it, and what holds of the zero-shot teacher before any.

Pure functions. A teacher that is right in 85 % and more is called weak in 5 of 100 projects at most, however often one
looks: the bounds are those of a confidence sequence, see `quality.audit.sequential_bound`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mraru.projects.audits.audited_teachers import AuditedTeacher
from mraru.projects.diagnoses.diagnostics import Diagnosis, DiagnosisCode
from mraru.projects.diagnoses.zero_shot_fit import ZeroShotFit
from mraru.store.projects.project_warnings import WarningLevel
from mraru.teachers.zero_shot.zero_shot_record import PEOPLE_FIRST, describe_record

# Right in fewer: with 20 % wrong labels students lost 5 to 11 points of accuracy to those of a right teacher, with 10 %
# 2 to 6 (docs/results/paper.md), and people must correct more than every seventh label.
WEAK = 0.85
POOR = 0.70  # right in fewer: students lost 10 to 20 points, and looking at each label costs about as much as labelling
LEAST_FIT = 0.6  # set on AG News and BBC News, held on TREC and BANKING77: docs/results/zero-shot-teacher.md
SURE = "(95 % sure, however often one looks)"


@dataclass(frozen=True, slots=True, kw_only=True)
class ZeroShotStanding:
    """What the zero-shot teacher has to do with a project."""

    labels_now: bool  # it is the project's teacher
    audited: AuditedTeacher | None  # its labels; None: there are none
    fit: ZeroShotFit | None  # None: not measured
    has_audit: bool = True  # whether texts are drawn for the audit


def diagnose_teachers(audited: Sequence[AuditedTeacher], zero_shot: ZeroShotStanding) -> tuple[Diagnosis, ...]:
    """What holds now of those whose labels a project has, the worst first."""
    found = [weak_teacher(audited), zero_shot_misfit(zero_shot), zero_shot_notice(zero_shot)]
    return tuple(diagnosis for diagnosis in found if diagnosis is not None)


def weak_teacher(audited: Sequence[AuditedTeacher]) -> Diagnosis | None:
    """Of some teacher's labels, people's audit says that too few are right: from the first audited ones on."""
    weak = [teacher for teacher in audited if _is_weak(teacher)]
    if not weak:
        return None
    is_poor = min(teacher.at_most for teacher in weak) < POOR
    return Diagnosis(
        code=DiagnosisCode.WEAK_TEACHER,
        level=WarningLevel.ERROR if is_poor else WarningLevel.WARNING,
        message=" ".join(_describe_weakness(teacher) for teacher in weak),
        remedy=" ".join(dict.fromkeys(_remedy_for(teacher) for teacher in weak)),
    )


def zero_shot_notice(standing: ZeroShotStanding) -> Diagnosis | None:
    """It is no LLM: what it was measured at elsewhere, until people have measured it here."""
    audited = standing.audited
    if audited is None and not standing.labels_now:
        return None
    if audited is not None and _is_weak(audited):
        return None  # said already
    message = (
        "The built-in zero-shot teacher labels these texts, not an LLM: it picks the label whose name is nearest to "
        "the text."
        if standing.labels_now
        else f"{audited.n_all_labels if audited else 0} labels are the built-in zero-shot teacher's, not an LLM's."
    )
    if audited is not None and audited.n_audited >= PEOPLE_FIRST:
        return Diagnosis(
            code=DiagnosisCode.ZERO_SHOT,
            level=WarningLevel.INFO,
            message=f"{message} Of {audited.n_audited} audited texts it got {audited.n_right} right: at least "
            f"{math.floor(100 * audited.at_least)} % of {audited.labels} are right {SURE}.",
            remedy="Each further audited text narrows this down (mraru audit).",
        )
    return Diagnosis(
        code=DiagnosisCode.ZERO_SHOT,
        level=WarningLevel.WARNING,
        message=f"{message} {describe_record()}",
        remedy=f"{_ask_people(standing)} Or have an LLM label (OPENAI_API_KEY or OPENAI_BASE_URL).",
    )


def zero_shot_misfit(standing: ZeroShotStanding) -> Diagnosis | None:
    """Texts that are near to each other get different labels; until people have measured the teacher."""
    audited, fit = standing.audited, standing.fit
    if fit is None or fit.agreement >= LEAST_FIT:
        return None
    if audited is not None and (_is_weak(audited) or audited.n_audited >= PEOPLE_FIRST):
        return None  # people's word is better
    return Diagnosis(
        code=DiagnosisCode.ZERO_SHOT_MISFIT,
        level=WarningLevel.WARNING,
        message="The zero-shot teacher's labels do not fit the texts: it often labels texts otherwise than those that "
        f"are most like them. Their agreement, over {fit.n_texts} texts drawn at random, is {fit.agreement:.2f} of 1, "
        f"where 0 is chance. Below {LEAST_FIT}, it was right on fewer than 85 % of the texts of every public data set "
        "that was tried.",
        remedy=f"{_ask_people(standing)} Or have an LLM label (OPENAI_API_KEY or OPENAI_BASE_URL).",
    )


def _is_weak(teacher: AuditedTeacher) -> bool:
    return teacher.n_audited > 0 and teacher.at_most < WEAK


def _describe_weakness(teacher: AuditedTeacher) -> str:
    """With figures, in a sentence.

    >>> hits = 4 * (False, True, False, False) + (False,)
    >>> _describe_weakness(
    ...     AuditedTeacher(model="gpt", is_zero_shot=False, n_labels=258, n_all_labels=258, hits=hits)
    ... )
    'Of 17 audited texts the LLM (gpt) got 4 right: at most 58 % of its 258 labels are right (95 % sure, \
however often one looks).'
    """
    return (
        f"Of {teacher.n_audited} audited texts {teacher.name} got {teacher.n_right} right: at most "
        f"{math.ceil(100 * teacher.at_most)} % of {teacher.labels} are right {SURE}."
    )


def _remedy_for(teacher: AuditedTeacher) -> str:
    if teacher.is_zero_shot:
        return (
            "Do not rely on its labels. Have people label, whose labels beat its, or an LLM (OPENAI_API_KEY or "
            "OPENAI_BASE_URL)."
        )
    return (
        "Do not rely on its labels, and stop paying for them: pause the project (mraru pause). Then ask a better model "
        "(OPENAI_MODEL), say what the labels mean (mraru labels define), or have people label more. What it has "
        "labelled stays so until people correct it: their labels beat its."
    )


def _ask_people(standing: ZeroShotStanding) -> str:
    asked = "Before you rely on its labels, have people check some of them"
    if standing.has_audit:
        return (
            f"{asked}: label tasks in the Data Manager's tab 'Audit sample', from its top ('Label Tasks As "
            "Displayed'), until the project's page asks for no more."
        )
    return f"{asked}, drawn at random. No texts are drawn for the audit yet: set MRARU_AUDIT_SHARE to 0.1."
