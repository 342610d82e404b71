"""All settings in one class, read from the environment and a `.env` file."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from mraru.errors import SettingsError
from mraru.settings.loop import LoopSettings
from mraru.settings.names import OUR_PREFIX, environment_names
from mraru.settings.server import ServerSettings
from mraru.settings.teacher import TeacherSettings

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")  # those that gunicorn knows too


class Settings(BaseSettings, LoopSettings, TeacherSettings, ServerSettings):
    """All settings, from environment variables and a `.env` file in the working directory."""

    model_config = SettingsConfigDict(
        env_prefix=OUR_PREFIX,
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        case_sensitive=False,
        populate_by_name=True,
    )

    @field_validator("log_level")
    @classmethod
    def _log_level_is_known(cls, level: str) -> str:
        if level.upper() not in LOG_LEVELS:
            raise ValueError("use DEBUG, INFO, WARNING, ERROR or CRITICAL")
        return level.upper()

    @field_validator("label_studio_url", "openai_base_url")
    @classmethod
    def _url_has_a_scheme(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return url.rstrip("/") if url else url

    @property
    def lost_after_s(self) -> float:
        """Seconds after which an open call of another process counts as lost."""
        n_requests = 1 + (self.confidence_samples if self.confidence == "samples" else 1)  # one after the other
        return self.call_lost_after_s or max(10, 2 * n_requests) * self.teacher_timeout_s

    @property
    def basic_auth(self) -> tuple[str, str] | None:
        """User name and password that callers must give; None when anybody may call."""
        if self.basic_auth_user is None or self.basic_auth_pass is None:
            return None
        return self.basic_auth_user, self.basic_auth_pass.get_secret_value()

    @property
    def uses_llm(self) -> bool:
        """Whether the teacher is an LLM rather than the built-in zero-shot one."""
        if self.teacher == "auto":
            return self.openai_api_key is not None or self.openai_base_url is not None
        return self.teacher == "openai"


def load_settings(**overrides: object) -> Settings:
    """Read the settings and check those that depend on each other.

    Raises:
        SettingsError: one line that names the setting and says what is wrong with it.
    """
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as exc:
        first = exc.errors()[0]
        given = str(first["loc"][0]) if first["loc"] else ""
        message = first["msg"].removeprefix("Value error, ")
        raise SettingsError(f"{environment_name(given)}: {message}") from exc
    if (settings.basic_auth_user is None) != (settings.basic_auth_pass is None):
        raise SettingsError("BASIC_AUTH_USER and BASIC_AUTH_PASS: set both or neither")
    if settings.call_lost_after_s is not None and settings.call_lost_after_s < 3 * settings.teacher_timeout_s:
        raise SettingsError("MRARU_CALL_LOST_AFTER_S: must be at least three times MRARU_TEACHER_TIMEOUT_S")
    if settings.openai_api_version is not None and settings.openai_base_url is None:
        raise SettingsError("OPENAI_API_VERSION: is for Azure OpenAI alone, so set OPENAI_BASE_URL to its endpoint")
    if settings.teacher == "openai" and not (settings.openai_api_key or settings.openai_base_url):
        raise SettingsError("OPENAI_API_KEY: needed because MRARU_TEACHER is openai (or set OPENAI_BASE_URL)")
    return settings


def environment_name(given: str) -> str:
    """The environment variable behind a name in a validation error."""
    field = Settings.model_fields.get(given)
    return environment_names(given, field)[0] if field else given.upper()


def describe_settings() -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Names, default and meaning of every setting: the source of docs/settings.md."""
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else str(field.default)
        yield environment_names(name, field), default, field.description or ""
