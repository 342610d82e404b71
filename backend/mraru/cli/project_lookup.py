"""A project as the store knows it or, before its first synchronization, as Label Studio does."""

from __future__ import annotations

from functools import partial

from mraru.bootstrap import Services
from mraru.errors import LabelStudioRefused
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.project_schema import schema_of
from mraru.records import ProjectDescription
from mraru.schema_records import LabelSchema
from mraru.store.projects.project_repository import Project


def find_project(services: Services, project_id: int) -> tuple[Project | ProjectDescription, LabelSchema]:
    """The project and what its label config asks.

    Raises:
        SettingsError: the store does not know it, and Label Studio's address or token is not set.
        LabelStudioError: Label Studio cannot be reached, or has no such project.
        LabelConfigError: its label config is not supported.
    """
    known = services.store.projects.get(project_id)
    # One that `/setup` made known alone has neither title nor instruction yet.
    if known is not None and known.created_at:
        return known, schema_of(known)
    described = services.label_studio(project_id).describe_project(project_id)
    return described, parse_label_config(described.label_config, services.selection_for(project_id))


def find_task_text(services: Services, project_id: int, task_id: int, schema: LabelSchema) -> str:
    """The text of a task.

    Raises:
        LabelStudioError: Label Studio cannot be reached, or the project has no such task with a text.
    """
    text = services.store.tasks.load_text(project_id, task_id)
    if text is None:
        fetched = partial(services.store.tasks.load_fetched, project_id)
        listed = services.label_studio(project_id).list_tasks(project_id, schema, fetched)
        text = next((task.text for task in listed if task.task_id == task_id), "")
    if not text.strip():
        raise LabelStudioRefused(f"Project {project_id} has no task {task_id} with a text in '{schema.text_field}'.")
    return text
