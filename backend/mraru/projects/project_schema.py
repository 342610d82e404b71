"""What a stored project asks, as people chose to read its label config: the one way for whoever has a project."""

from __future__ import annotations

from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.schema_records import LabelSchema
from mraru.store.projects.project_repository import Project


def schema_of(project: Project) -> LabelSchema:
    """What its label config asks, read as the last sync read it, and so the stored texts.

    Raises:
        LabelConfigError: the label config is not supported, or has no more what was chosen of it.
    """
    return parse_label_config(project.label_config, project.selection)
