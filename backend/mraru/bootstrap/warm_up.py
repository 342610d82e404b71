"""What commands import late, imported at once: for processes that serve, whose first requests must not wait for it."""

from __future__ import annotations

from importlib import import_module

LATE_PARTS = (
    "mraru.bootstrap.sampler_factory",
    "mraru.bootstrap.teaching.batch_teacher_factory",
    "mraru.bootstrap.teaching.definition_factory",
    "mraru.bootstrap.teaching.llm_checks",
    "mraru.bootstrap.stopping_criteria",
    "mraru.bootstrap.student_factory",
    "mraru.labelstudio.api.label_studio_client",
    "mraru.labelstudio.connecting.connection",
    "mraru.labelstudio.api.label_studio_users",
    "mraru.projects.predictions.predicting",
    "mraru.projects.definitions.prompt_trial",
    "mraru.projects.project_loop",
    "mraru.teachers.side_questions.booked_drafter",
    "mraru.teachers.batch.openai_batch_teacher",
    "mraru.teachers.llm.openai_teacher",
    "mraru.teachers.side_questions.teacher_probe",
)


def import_late_parts() -> None:
    """Import them, before there are threads that would do so side by side."""
    for name in LATE_PARTS:
        import_module(name)
