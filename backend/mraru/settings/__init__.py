"""The one place that reads the environment: every setting with its default, unit and meaning.

Names that Label Studio's ecosystem already has are kept; ours begin with `MRARU_`. Fields stand in `server`,
`teacher` and `loop`; `settings` puts them together and checks them.
"""

from mraru.settings.names import environment_names
from mraru.settings.settings import Settings, describe_settings, environment_name, load_settings

__all__ = ["Settings", "describe_settings", "environment_name", "environment_names", "load_settings"]
