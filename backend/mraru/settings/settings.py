"""All settings in one class, read from the environment and a `.env` file."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from pydantic import ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from mraru.budget_records import Budget
from mraru.errors import SettingsError
from mraru.plugins import PluginGroup
from mraru.schema_records import ConfigSelection
from mraru.settings.loop_settings import LoopSettings
from mraru.settings.registered_names import RegisteredName
from mraru.settings.server_settings import ServerSettings
from mraru.settings.setting_names import OUR_PREFIX, environment_names
from mraru.settings.stopping_settings import StoppingSettings
from mraru.settings.teacher_settings import OUR_TEACHERS, TeacherSettings
from mraru.settings.teachers_file import LLMSettings, TeachersFile, read_teachers_file, resolve_llms

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")  # those that gunicorn knows too


class Settings(BaseSettings, LoopSettings, StoppingSettings, TeacherSettings, ServerSettings):
    """All settings, from environment variables and a `.env` file in the working directory."""

    model_config = SettingsConfigDict(
        env_prefix=OUR_PREFIX,
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        case_sensitive=False,
        populate_by_name=True,
        protected_namespaces=("settings_",),  # MODEL_DIR is ours
    )

    @field_validator("log_level")
    @classmethod
    def _log_level_is_known(cls, level: str) -> str:
        if level.upper() not in LOG_LEVELS:
            raise ValueError("use DEBUG, INFO, WARNING, ERROR or CRITICAL")
        return level.upper()

    @field_validator("label_studio_url", "label_studio_public_url", "backend_url", "openai_base_url")
    @classmethod
    def _url_has_a_scheme(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return url.rstrip("/") if url else url

    @property
    def lost_after_s(self) -> float:
        """Seconds after which an open call of another process counts as lost."""
        takes_samples = any(llm.confidence == "samples" for llm in self.llms or (self._single_llm,))
        n_requests = 1 + (self.confidence_samples if takes_samples else 1)  # one after the other
        return self.call_lost_after_s or max(10, 2 * n_requests) * self.teacher_timeout_s

    @property
    def basic_auth(self) -> tuple[str, str] | None:
        """User name and password that callers must give; None when anybody may call."""
        if self.basic_auth_user is None or self.basic_auth_pass is None:
            return None
        return self.basic_auth_user, self.basic_auth_pass.get_secret_value()

    @property
    def selection(self) -> ConfigSelection:
        """What is chosen of a label config that could be read in several ways."""
        names = [name.strip() for name in (self.texts or "").split(",")]
        return ConfigSelection(only=self.only, texts=tuple(name for name in names if name))

    @property
    def budget(self) -> Budget:
        """Of each project for which people set nothing else; the ledger puts in what they set."""
        return Budget(max_calls=self.max_calls, max_cost_usd=self.max_cost_usd, max_tokens=self.max_tokens)

    @property
    def total_budget(self) -> Budget:
        """Of all projects together."""
        return Budget(
            max_calls=self.total_max_calls,
            max_cost_usd=self.total_max_cost_usd,
            max_tokens=self.total_max_tokens,
        )

    @property
    def own_url(self) -> str:
        """Address of this backend as Label Studio reaches it."""
        return self.backend_url or f"http://localhost:{self.port}"

    @property
    def uses_setup_token(self) -> bool:
        """Whether Label Studio is reached with the address and token that come with `/setup`."""
        return self.allow_setup_token and self.label_studio_url is None and self.label_studio_api_key is None

    @property
    def uses_llm(self) -> bool:
        """Whether the teacher is an LLM rather than the built-in zero-shot one."""
        if self.teacher == "auto":
            named = (self.openai_api_key, self.openai_base_url, self.teachers_file)
            return any(setting is not None for setting in named)
        return self.teacher == "openai"

    @property
    def uses_zero_shot(self) -> bool:
        """Whether the built-in teacher labels."""
        return not self.uses_llm and self.brought_teacher is None

    @property
    def brought_teacher(self) -> str | None:
        """The name of the teacher that another package brings; None where ours labels."""
        return None if self.teacher in OUR_TEACHERS else self.teacher

    @property
    def teacher_name(self) -> str:
        """What people call the teacher, whoever it is."""
        if self.brought_teacher is not None:
            return f"'{self.brought_teacher}'"
        return self.llm_name if self.uses_llm else "built-in zero-shot (no LLM)"

    @cached_property
    def several_teachers(self) -> TeachersFile | None:
        """How several LLMs label together; None where one labels, or none.

        Raises:
            SettingsError: the file cannot be read, or says what it may not.
        """
        return read_teachers_file(self.teachers_file) if self.teachers_file is not None and self.uses_llm else None

    @cached_property
    def llms(self) -> tuple[LLMSettings, ...]:
        """The LLMs that label, in the order of the file; one without a file; none for the built-in teacher.

        Raises:
            SettingsError: as above.
        """
        if not self.uses_llm:
            return ()
        if self.several_teachers is None or self.teachers_file is None:
            return (self._single_llm,)
        return resolve_llms(self.teachers_file, self.several_teachers, self._single_llm)

    @property
    def llm_name(self) -> str:
        """What people call the teacher: the model, or `ensemble(a, b)`."""
        if self.several_teachers is None:
            return self.openai_model
        return f"{self.several_teachers.mode}({', '.join(llm.name for llm in self.llms)})"

    @property
    def _single_llm(self) -> LLMSettings:
        return LLMSettings(
            name=self.openai_model,
            model=self.openai_model,
            base_url=self.openai_base_url,
            api_key=self.openai_api_key,
            api_version=self.openai_api_version,
            input_usd_per_mtok=self.input_usd_per_mtok,
            output_usd_per_mtok=self.output_usd_per_mtok,
            confidence=self.confidence,
            requests_per_minute=self.requests_per_minute,
            tokens_per_minute=self.tokens_per_minute,
        )


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
    if (settings.label_studio_url is None) != (settings.label_studio_api_key is None):
        raise SettingsError(
            "LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY: set both or neither: a token is sent to no address but the one "
            "that it was set with"
        )
    if (settings.basic_auth_user is None) != (settings.basic_auth_pass is None):
        raise SettingsError("BASIC_AUTH_USER and BASIC_AUTH_PASS: set both or neither")
    if settings.call_lost_after_s is not None and settings.call_lost_after_s < 3 * settings.teacher_timeout_s:
        raise SettingsError("MRARU_CALL_LOST_AFTER_S: must be at least three times MRARU_TEACHER_TIMEOUT_S")
    if settings.openai_api_version is not None and settings.openai_base_url is None:
        raise SettingsError("OPENAI_API_VERSION: is for Azure OpenAI alone, so set OPENAI_BASE_URL to its endpoint")
    if settings.teachers_file is not None:
        if not settings.uses_llm:
            raise SettingsError(
                f"MRARU_TEACHERS_FILE: names LLMs, but MRARU_TEACHER is {settings.teacher}: unset one of them"
            )
        _ = settings.llms  # raises what is wrong with the file
    elif settings.teacher == "openai" and not (settings.openai_api_key or settings.openai_base_url):
        raise SettingsError("OPENAI_API_KEY: needed because MRARU_TEACHER is openai (or set OPENAI_BASE_URL)")
    if settings.student == "distilbert" and settings.batch_diversity is not None:
        raise SettingsError(
            "MRARU_BATCH_DIVERSITY: compares embeddings, and the student distilbert reads tokens: unset it"
        )
    if settings.batch_api and not settings.uses_llm:
        raise SettingsError(
            f"MRARU_BATCH_API: needs an LLM that is asked by OpenAI's protocol, and {settings.teacher_name} is none: "
            "unset it"
        )
    return settings


def list_brought(settings: Settings) -> Iterator[tuple[PluginGroup, str]]:
    """The parts that the settings name and other packages bring."""
    for name, field in Settings.model_fields.items():
        for mark in field.metadata:
            chosen = getattr(settings, name)
            if isinstance(mark, RegisteredName) and chosen not in mark.own and chosen in mark.names:
                yield mark.group, chosen
    for criterion in settings.stopping_criteria:
        yield PluginGroup.STOPPING_CRITERIA, criterion


def default_settings() -> Settings:
    """The defaults alone, whatever the environment says."""
    return Settings.model_construct()


def environment_name(given: str) -> str:
    """The environment variable behind a name in a validation error."""
    field = Settings.model_fields.get(given)
    return environment_names(given, field)[0] if field else given.upper()


def describe_settings() -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Names, default and meaning of every setting: the source of docs/reference/settings.md."""
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, ()) else str(field.default)
        yield environment_names(name, field), default, field.description or ""
