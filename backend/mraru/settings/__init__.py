"""The one place that reads the environment: every setting with its default, unit and meaning.

Names that Label Studio's ecosystem already has are kept; ours begin with `MRARU_`. Fields stand in `loop_settings`,
`stopping_settings`, `teacher_settings` and `server_settings`; `settings` puts them together and checks them.
`project_fields` says which of them may differ from project to project, `setting_topics` what each is about.
"""

from mraru.settings.setting_names import environment_names
from mraru.settings.settings import Settings, describe_settings, environment_name, load_settings
from mraru.settings.teachers_file import LLMSettings

__all__ = ["LLMSettings", "Settings", "describe_settings", "environment_name", "environment_names", "load_settings"]
