"""The settings that may be set for one project: what is in force, and who set it."""

from __future__ import annotations

from dataclasses import fields

from mraru.bootstrap import Services
from mraru.errors import ProjectUnknown
from mraru.settings.project_fields import FIELDS, ProjectField, ProjectSetting, SettingSource


def list_project_settings(services: Services, project_id: int) -> tuple[ProjectSetting, ...]:
    """All of them, in the order in which to show them; also where a value is no longer possible.

    Raises:
        ProjectUnknown: it was never connected.
    """
    if services.store.projects.get(project_id) is None:
        raise ProjectUnknown(f"Project {project_id} is not connected to this backend.")
    stored = {setting.name: setting for setting in services.store.project_settings.list_all(project_id)}
    listed = []
    for name, field in FIELDS.items():
        own = stored.get(name)
        server_value = getattr(services.settings, name)
        listed.append(
            ProjectSetting(
                **{part.name: getattr(field, part.name) for part in fields(ProjectField)},
                value=server_value if own is None else own.value,
                server_value=server_value,
                source=SettingSource.SERVER if own is None else SettingSource.PROJECT,
                changed_at=None if own is None else own.changed_at,
            )
        )
    return tuple(listed)
