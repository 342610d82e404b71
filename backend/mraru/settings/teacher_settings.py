"""Settings of the teacher and of what it may cost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field, SecretStr

from mraru.plugins import PluginGroup
from mraru.settings.registered_names import RegisteredName
from mraru.settings.setting_names import named

OUR_TEACHERS = ("auto", "openai", "zero-shot")


class TeacherSettings(BaseModel):
    """Whom we ask, how, how often, and up to which cost."""

    # Teacher
    teacher: Annotated[str, RegisteredName(group=PluginGroup.TEACHERS, own=OUR_TEACHERS)] = Field(
        "auto",
        description="Who labels: `openai` (any compatible server), `zero-shot` (built in, free, no LLM), `auto`: "
        "openai when OPENAI_API_KEY, OPENAI_BASE_URL or MRARU_TEACHERS_FILE is set, else zero-shot; or a teacher that "
        "an installed package brings.",
    )
    openai_api_key: SecretStr | None = Field(
        None, validation_alias=named("OPENAI_API_KEY"), description="Key for the LLM's server."
    )
    openai_base_url: str | None = Field(
        None,
        validation_alias=named("OPENAI_BASE_URL"),
        description="Address of an OpenAI-compatible server; OpenAI's own when not set.",
    )
    openai_model: str = Field("gpt-4.1-mini", validation_alias=named("OPENAI_MODEL"), description="The LLM to ask.")
    openai_api_version: str | None = Field(
        None,
        validation_alias=named("OPENAI_API_VERSION"),
        description="API version of Azure OpenAI, such as 2024-10-21: OPENAI_BASE_URL is its endpoint then and "
        "OPENAI_MODEL the deployment. Leave it unset for every other server, and for Azure's address that ends "
        "in /openai/v1.",
    )
    teachers_file: Path | None = Field(
        None,
        description="A YAML file that names several LLMs, or prompts, and how they label together: see "
        "docs/how-to/several-teachers.md. What it does not name is as set here.",
    )
    answer_format: Literal["auto", "json_schema", "tool", "json_object", "text"] = Field(
        "auto",
        description="How the LLM's answer is restricted to the labels; `auto`: the first of these that its server "
        "does not refuse.",
    )
    confidence: Literal["none", "logprobs", "samples"] = Field(
        "none",
        description="How sure the LLM is of its label: not known, from its token probabilities where the server "
        "gives them, or from several answers, which cost as many times as much.",
    )
    confidence_samples: int = Field(5, ge=2, le=20, description="Answers per text for MRARU_CONFIDENCE=samples.")
    confidence_temperature: float = Field(0.7, gt=0, le=2, description="Temperature of these answers.")
    explanations: bool = Field(
        False, description="Have the LLM give a reason of one sentence with each label; it makes answers longer."
    )
    teacher_timeout_s: float = Field(60.0, gt=0, description="Seconds to wait for one answer of the LLM.")
    teacher_max_attempts: int = Field(
        5, ge=1, description="Attempts per text before the round pauses, with growing pauses between them."
    )
    teacher_concurrency: int = Field(4, ge=1, le=64, description="Calls to the LLM at the same time.")
    requests_per_minute: int | None = Field(
        None,
        ge=1,
        description="Requests to the LLM in any minute, of all projects together; when not set, what its server "
        "tells in its `x-ratelimit-*` headers is the limit.",
    )
    tokens_per_minute: int | None = Field(
        None,
        ge=1,
        description="Tokens, prompt and answer, in any minute, of all projects together; when not set, as the "
        "LLM's server tells.",
    )
    circuit_failures: int = Field(
        10, ge=1, description="Failed attempts in a row after which the LLM is not asked for a while."
    )
    circuit_pause_s: float = Field(
        60.0,
        gt=0,
        description="Seconds for which the LLM is not asked then; one call tries it afterwards, and the pause doubles "
        "each time that it fails.",
    )
    batch_api: bool = Field(
        False,
        description="Ask about a round's texts by the Batch API of the LLM's server: half the price, and an answer "
        "within a day instead of seconds. Seeding still asks at once, since each of its draws depends on the answers "
        "before it.",
    )
    batch_poll_s: float = Field(
        60.0, gt=0, description="Seconds between two looks at a batch job; the worker looks once a minute at most."
    )
    batch_price_factor: float = Field(
        0.5, ge=0, le=1, description="What a batch job costs of what asking at once does."
    )
    teacher_max_tokens: int = Field(200, ge=16, description="Most tokens that the LLM may spend on one answer.")
    teacher_thinking_tokens: int = Field(
        4000,
        ge=0,
        description="Most tokens that a reasoning model may think beside that: one that is known by its name, or was "
        "cut while it thought. Once this is raised, texts that got no label for it are asked about again.",
    )
    reasoning_effort: Literal["auto", "off", "none", "minimal", "low", "medium", "high"] = Field(
        "auto",
        description="How hard a reasoning model is to think: `auto` asks those that take an effort for `low`, `off` "
        "sends none, all else is sent as it is.",
    )
    max_text_tokens: int = Field(
        3000,
        ge=50,
        description="Tokens of a text that the LLM is shown, estimated on the high side; beyond it the middle is "
        "left out, with a mark that says so.",
    )
    max_prompt_labels: int = Field(
        100,
        ge=1,
        description="Labels up to which the LLM is shown all of a project's. Of more, it is shown the "
        "MRARU_SHORTLIST_SIZE that are nearest to the text, and in a second call the others where it finds none of "
        "these fitting. Ratings are always shown whole.",
    )
    shortlist_size: int = Field(
        30, ge=2, description="Labels that the LLM is shown first in a project of more than MRARU_MAX_PROMPT_LABELS."
    )
    few_shot: int = Field(
        0,
        ge=0,
        le=50,
        description="Most examples that the LLM is shown with a text: the nearest ones that people labelled. "
        "None by default: they make each call cost more, and there are none before people have labelled.",
    )
    few_shot_tokens: int = Field(
        1000,
        ge=50,
        description="Tokens that the examples of a text may have together; each may use its share of them.",
    )
    teacher_check: bool = Field(
        True,
        description="Ask each LLM that has not yet labelled for a project one question before its first round, for at "
        "most a cent: what is wrong shows before a batch of texts goes out. `mraru teacher check` asks it at any time.",
    )
    trial_texts: int = Field(
        50,
        ge=1,
        le=1000,
        description="Most texts that people labelled on which a drafted definition is tried before it is used; each "
        "can cost two calls.",
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
    max_tokens: int | None = Field(
        None,
        ge=0,
        description="Tokens per project, prompts and answers, that may never be passed; no limit when not set.",
    )
    total_max_calls: int | None = Field(
        None,
        ge=0,
        description="Calls of all projects of this backend together that may never be passed; no limit when not set.",
    )
    total_max_cost_usd: float | None = Field(
        None,
        ge=0,
        description="Dollars of all projects together that may never be passed; no limit when not set.",
    )
    total_max_tokens: int | None = Field(
        None,
        ge=0,
        description="Tokens of all projects together that may never be passed; no limit when not set.",
    )
    call_lost_after_s: float | None = Field(
        None,
        gt=0,
        description="Seconds after which a call that another project or process made counts as lost if its answer "
        "is not written down, so that its text may be asked about again; at least three times "
        "MRARU_TEACHER_TIMEOUT_S; ten times when not set, or twice the requests that an answer may take.",
    )
