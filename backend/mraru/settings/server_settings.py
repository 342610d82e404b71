"""Settings of Label Studio and of our own server."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, SecretStr

from mraru.settings.setting_names import named


class ServerSettings(BaseModel):
    """Where Label Studio is, where we listen, who may call, where we keep what we know."""

    # Label Studio
    label_studio_url: str | None = Field(
        None,
        validation_alias=named("LABEL_STUDIO_URL", "LABEL_STUDIO_HOST"),
        description="Address of Label Studio as this backend reaches it, such as http://localhost:8080.",
    )
    label_studio_api_key: SecretStr | None = Field(
        None,
        validation_alias=named("LABEL_STUDIO_API_KEY"),
        description="A personal access token of Label Studio (Account & Settings > Personal Access Token).",
    )
    label_studio_public_url: str | None = Field(
        None,
        validation_alias=named("LABEL_STUDIO_PUBLIC_URL"),
        description="Address of Label Studio as people's browsers reach it, for the dashboard's links; "
        "LABEL_STUDIO_URL when not set.",
    )
    allow_setup_token: bool = Field(
        False,
        description="Without LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY: work with the address and the legacy token "
        "that come with /setup. Whoever may call this backend then says whom it talks to.",
    )
    label_studio_timeout_s: float = Field(
        120.0, gt=0, description="Seconds to wait for an answer of Label Studio's API."
    )
    max_file_bytes: int = Field(
        4_000_000,
        gt=0,
        le=100_000_000,
        description='Bytes of a file that holds a task\'s text (`valueType="url"`). Tasks with larger ones are left '
        "alone, and a warning names them.",
    )

    # Server
    host: str = Field(
        "127.0.0.1",
        description="Address that `mraru serve` listens on. Any but this machine's own needs BASIC_AUTH_USER and "
        "BASIC_AUTH_PASS.",
    )
    unsafe_no_login: bool = Field(
        False,
        description="Answer callers from other machines without a login. Whoever reaches the port then reads texts "
        "and labels, spends the budget and raises it.",
    )
    allowed_hosts: str = Field(
        "",
        description="Names under which callers may reach this backend, with commas between them, such as "
        "`mraru.example.org,backend`. Without a login, this machine's own names are allowed besides; with one, all "
        "are where this is empty.",
    )
    port: int = Field(
        9090,
        ge=1,
        le=65535,
        validation_alias=named("PORT"),
        description="Port that `mraru serve` listens on.",
    )
    backend_url: str | None = Field(
        None,
        description="Address of this backend as Label Studio reaches it, for `mraru connect` and `mraru disconnect`; "
        "http://localhost:PORT when not set.",
    )
    workers: int = Field(
        1,
        ge=1,
        validation_alias=named("WORKERS"),
        description="Web server processes; each that predicts loads the embedding model once.",
    )
    threads: int = Field(
        8,
        ge=1,
        validation_alias=named("THREADS"),
        description="Threads per web server process for pages and downloads; `/health`, webhooks and `/predict` have "
        "threads of their own.",
    )
    log_level: str = Field(
        "INFO",
        validation_alias=named("LOG_LEVEL"),
        description="DEBUG, INFO, WARNING, ERROR or CRITICAL. Texts of tasks appear at DEBUG alone.",
    )
    log_format: Literal["text", "json"] = Field(
        "text",
        description="`text`: a line an event, for people; `json`: a JSON object a line, also of gunicorn.",
    )
    access_log: bool = Field(
        False,
        description="Log each request: method, path without its query, status, duration, size, address of the caller. "
        "Successful /health, /ready and /metrics appear at DEBUG alone.",
    )
    basic_auth_user: str | None = Field(
        None,
        validation_alias=named("BASIC_AUTH_USER", "ML_SERVER_BASIC_AUTH_USER"),
        description="User name that callers must give; set together with BASIC_AUTH_PASS.",
    )
    basic_auth_pass: SecretStr | None = Field(
        None,
        validation_alias=named("BASIC_AUTH_PASS", "ML_SERVER_BASIC_AUTH_PASS"),
        description="Password that callers must give; set together with BASIC_AUTH_USER.",
    )
    webhook_secret: SecretStr | None = Field(
        None,
        description="What Label Studio's webhook must send in its X-MRARU-Secret header. "
        "Made at random and kept in MODEL_DIR when not set.",
    )
    model_dir: Path = Field(
        Path("mraru-data"),
        validation_alias=named("MODEL_DIR"),
        description="Folder for the store and the saved students.",
    )
    predict_timeout_s: float = Field(
        80.0,
        gt=0,
        description="Seconds after which /predict answers 503 when texts remain to be embedded, and at once where "
        "others are ahead for so long; what was embedded is kept. Label Studio itself waits 100.",
    )
