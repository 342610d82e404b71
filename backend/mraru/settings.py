"""The one place that reads the environment: every setting with its default, unit and meaning.

Names that Label Studio's ecosystem already has are kept; ours begin with `MRARU_`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from mraru.errors import SettingsError

OUR_PREFIX = "MRARU_"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")  # those that gunicorn knows too


def _named(*names: str) -> AliasChoices:
    return AliasChoices(*names)


class Settings(BaseSettings):
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

    # Label Studio
    label_studio_url: str | None = Field(
        None,
        validation_alias=_named("LABEL_STUDIO_URL", "LABEL_STUDIO_HOST"),
        description="Address of Label Studio as this backend reaches it, such as http://localhost:8080.",
    )
    label_studio_api_key: SecretStr | None = Field(
        None,
        validation_alias=_named("LABEL_STUDIO_API_KEY"),
        description="A personal access token of Label Studio (Account & Settings > Personal Access Token).",
    )
    label_studio_timeout_s: float = Field(
        120.0, gt=0, description="Seconds to wait for an answer of Label Studio's API."
    )

    # Server
    host: str = Field("0.0.0.0", description="Address that `mraru serve` listens on.")
    port: int = Field(
        9090,
        ge=1,
        le=65535,
        validation_alias=_named("PORT"),
        description="Port that `mraru serve` listens on.",
    )
    workers: int = Field(
        1,
        ge=1,
        validation_alias=_named("WORKERS"),
        description="Web server processes; each that predicts loads the embedding model once.",
    )
    threads: int = Field(8, ge=1, validation_alias=_named("THREADS"), description="Threads per web server process.")
    log_level: str = Field(
        "INFO",
        validation_alias=_named("LOG_LEVEL"),
        description="DEBUG, INFO, WARNING, ERROR or CRITICAL. Texts of tasks appear at DEBUG alone.",
    )
    basic_auth_user: str | None = Field(
        None,
        validation_alias=_named("BASIC_AUTH_USER"),
        description="User name that callers must give; set together with BASIC_AUTH_PASS.",
    )
    basic_auth_pass: SecretStr | None = Field(
        None,
        validation_alias=_named("BASIC_AUTH_PASS"),
        description="Password that callers must give; set together with BASIC_AUTH_USER.",
    )
    webhook_secret: SecretStr | None = Field(
        None,
        description="What Label Studio's webhook must send in its X-MRARU-Secret header. "
        "Made at random and kept in MODEL_DIR when not set.",
    )
    model_dir: Path = Field(
        Path("mraru-data"),
        validation_alias=_named("MODEL_DIR"),
        description="Folder for the store and the saved students.",
    )
    predict_timeout_s: float = Field(
        80.0,
        gt=0,
        description="Seconds after which /predict answers 503 when texts remain to be embedded; "
        "what was embedded is kept. Label Studio itself waits 100.",
    )

    # Teacher
    teacher: Literal["auto", "openai", "zero-shot"] = Field(
        "auto",
        description="Who labels: `openai` (any compatible server), `zero-shot` (built in, free, no LLM), or "
        "`auto`: openai when OPENAI_API_KEY or OPENAI_BASE_URL is set, else zero-shot.",
    )
    openai_api_key: SecretStr | None = Field(
        None, validation_alias=_named("OPENAI_API_KEY"), description="Key for the LLM's server."
    )
    openai_base_url: str | None = Field(
        None,
        validation_alias=_named("OPENAI_BASE_URL"),
        description="Address of an OpenAI-compatible server; OpenAI's own when not set.",
    )
    openai_model: str = Field("gpt-4.1-mini", validation_alias=_named("OPENAI_MODEL"), description="The LLM to ask.")
    teacher_timeout_s: float = Field(60.0, gt=0, description="Seconds to wait for one answer of the LLM.")
    teacher_max_attempts: int = Field(
        5, ge=1, description="Attempts per text before the round pauses, with growing pauses between them."
    )
    teacher_concurrency: int = Field(4, ge=1, le=64, description="Calls to the LLM at the same time.")
    teacher_max_tokens: int = Field(200, ge=16, description="Most tokens that the LLM may spend on one answer.")
    max_text_chars: int = Field(
        12_000,
        ge=100,
        description="Characters of a text that the LLM is shown; the middle is left out beyond it.",
    )
    input_usd_per_mtok: float | None = Field(
        None,
        ge=0,
        description="Dollars per million prompt tokens, for models whose price is not known (0 for local ones).",
    )
    output_usd_per_mtok: float | None = Field(
        None,
        ge=0,
        description="Dollars per million answer tokens, for models whose price is not known (0 for local ones).",
    )

    # Budget
    max_calls: int = Field(1000, ge=0, description="Calls to the teacher per project that may never be passed.")
    max_cost_usd: float = Field(5.0, ge=0, description="Dollars per project for the teacher that may never be passed.")

    # Loop
    auto_start: bool = Field(
        True,
        description="Begin rounds when a project connects; when false, `Start Training` in Label Studio begins them.",
    )
    student: Literal["logreg", "svm"] = Field("logreg", description="The small model that learns from the labels.")
    sampler: Literal["mraru", "random"] = Field(
        "mraru", description="How the texts for the teacher are chosen: M-RARU, or at random as a baseline."
    )
    batch_size: int = Field(25, ge=1, description="Texts per round.")
    max_rounds: int | None = Field(
        None, ge=0, description="Rounds after which a project stops; unlimited when not set."
    )
    seeding_limit: int = Field(200, ge=1, description="Most texts that seeding asks about to find one of each class.")
    max_passes: int = Field(
        50, ge=1, description="Passes over the pool after which a batch that will not fill is taken as it is."
    )
    seed: int = Field(0, ge=0, description="Seed of every random choice.")
    retrain_after: int = Field(5, ge=1, description="Corrections after which the student is retrained at once.")
    retrain_delay_s: float = Field(
        30.0, ge=0, description="Seconds after which fewer corrections retrain the student too."
    )

    retry_delay_s: float = Field(
        60.0, gt=0, description="Seconds that a project pauses after the teacher or Label Studio did not answer."
    )
    push_limit: int = Field(
        1000,
        ge=1,
        description="Predictions of the student that a round writes at once, lowest agreement first; "
        "the rest of the tasks get theirs when the rounds are over and people are quiet.",
    )
    reconcile_every_s: float = Field(
        3600.0,
        gt=0,
        description="Seconds after which tasks and annotations are read from Label Studio again, "
        "since its webhooks are never repeated.",
    )

    # Embedding
    embedding_model: str = Field(
        "all-MiniLM-L6-v2",
        description="A sentence-transformers model; the default comes with the installed package, no download.",
    )
    embedding_batch_size: int = Field(32, ge=1, description="Texts that are embedded at once.")
    embedding_threads: int | None = Field(
        None, ge=1, description="Threads that embedding may use; all cores when not set."
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
    if settings.teacher == "openai" and not (settings.openai_api_key or settings.openai_base_url):
        raise SettingsError("OPENAI_API_KEY: needed because MRARU_TEACHER is openai (or set OPENAI_BASE_URL)")
    return settings


def environment_names(name: str, field: FieldInfo) -> tuple[str, ...]:
    """The environment variables that set a field, the preferred one first."""
    if isinstance(field.validation_alias, AliasChoices):
        return tuple(str(choice) for choice in field.validation_alias.choices)
    return (f"{OUR_PREFIX}{name.upper()}",)


def environment_name(given: str) -> str:
    """The environment variable behind a name in a validation error."""
    field = Settings.model_fields.get(given)
    return environment_names(given, field)[0] if field else given.upper()


def describe_settings() -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Names, default and meaning of every setting: the source of docs/settings.md."""
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else str(field.default)
        yield environment_names(name, field), default, field.description or ""
