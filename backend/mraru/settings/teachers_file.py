"""The YAML file that names several teachers, and what each LLM is asked with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from mraru.errors import SettingsError
from mraru.records import TeacherMode

SETTING = "MRARU_TEACHERS_FILE"
ConfidenceName = Literal["none", "logprobs", "samples"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LLMSettings:
    """How one LLM is asked, as the file says or else the settings."""

    name: str  # in votes and reports
    model: str
    base_url: str | None  # None: OpenAI's own
    api_key: SecretStr | None = field(repr=False)
    api_version: str | None  # of Azure OpenAI
    input_usd_per_mtok: float | None  # None: as published
    output_usd_per_mtok: float | None
    confidence: ConfidenceName
    requests_per_minute: int | None
    tokens_per_minute: int | None
    instruction: str | None = None  # in place of the project's; None: the project's


class TeacherEntry(BaseModel):
    """One teacher of the file; what is None is as set for the LLM of the settings."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str | None = Field(None, min_length=1)
    model: str | None = Field(None, min_length=1)
    base_url: str | None = None
    api_key: SecretStr | None = None
    api_version: str | None = None
    input_usd_per_mtok: float | None = Field(None, ge=0)
    output_usd_per_mtok: float | None = Field(None, ge=0)
    confidence: ConfidenceName | None = None
    requests_per_minute: int | None = Field(None, ge=1)
    tokens_per_minute: int | None = Field(None, ge=1)
    instruction: str | None = None

    @field_validator("base_url")
    @classmethod
    def _url_has_a_scheme(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return url.rstrip("/") if url else url


class TeachersFile(BaseModel):
    """The file: at least two teachers, and how they label together."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    mode: TeacherMode
    unsure_below: float = Field(0.8, gt=0, le=1)  # probability of its own label
    teachers: tuple[TeacherEntry, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _threshold_is_of_a_cascade(self) -> TeachersFile:
        if self.mode is not TeacherMode.CASCADE and "unsure_below" in self.model_fields_set:
            raise ValueError("unsure_below is for `mode: cascade` alone: take it out")
        return self


def read_teachers_file(path: Path) -> TeachersFile:
    """Read the file and check what can be checked without the other settings.

    Raises:
        SettingsError: it is missing, no YAML, or says what it may not; never with a value of it.
    """
    try:
        read: object = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "it is not UTF-8"
        raise SettingsError(f"{SETTING}: cannot read {path}: {reason}") from exc
    except (yaml.YAMLError, ValueError, RecursionError) as exc:
        mark = getattr(exc, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark is not None else ""
        # Without its cause, which may quote a key.
        raise SettingsError(f"{SETTING}: {path} is not YAML that can be read{where}: mend it") from None
    if not isinstance(read, Mapping):
        raise SettingsError(f"{SETTING}: {path} must hold the keys `mode` and `teachers`")
    try:
        return TeachersFile.model_validate(read)
    except ValidationError as exc:
        first = exc.errors(include_input=False, include_url=False)[0]
        where = _spell_place(first["loc"])
        message = "no such key: take it out" if first["type"] == "extra_forbidden" else first["msg"]
        raise SettingsError(f"{SETTING}: {path}: {where}{message.removeprefix('Value error, ')}") from None


def resolve_llms(path: Path, file: TeachersFile, single: LLMSettings) -> tuple[LLMSettings, ...]:
    """The teachers of the file, with what it does not say taken from the LLM of the settings.

    Key, version and prices are the settings' only where server and model are: a key must not go to another server,
    and the price of one model is not that of another.

    Raises:
        SettingsError: two have one name or would give one answer, one lacks its key, or a cascade could not know
            whether a teacher is sure.
    """
    llms = tuple(_resolve(entry, single) for entry in file.teachers)
    asked: dict[tuple[str, str | None, str | None], str] = {}
    for number, llm in enumerate(llms, start=1):
        where = f"{SETTING}: {path}: teacher {number} ('{llm.name}')"
        if llm.name in asked.values():
            raise SettingsError(f"{where}: an earlier one has this name: give it another `name`")
        same = asked.setdefault((llm.model, llm.base_url, llm.instruction), llm.name)
        if same != llm.name:
            raise SettingsError(
                f"{where}: asks the same model with the same prompt as '{same}', so its answers would be the same: "
                "change `model` or `instruction`, or take it out"
            )
        if llm.api_version is not None and llm.base_url is None:
            raise SettingsError(f"{where}: api_version is for Azure OpenAI alone: set base_url to its endpoint")
        if llm.base_url is None and llm.api_key is None:
            raise SettingsError(f"{where}: OpenAI wants a key: set api_key, or OPENAI_API_KEY, or base_url")
        if file.mode is TeacherMode.CASCADE and llm.confidence == "none" and number < len(llms):
            raise SettingsError(
                f"{where}: a cascade must know how sure it is: set confidence to logprobs or samples, here or with "
                "MRARU_CONFIDENCE"
            )
    return llms


def _resolve(entry: TeacherEntry, single: LLMSettings) -> LLMSettings:
    base_url = entry.base_url if entry.base_url is not None else single.base_url
    model = entry.model or single.model
    is_same_server = base_url == single.base_url
    is_same_model = is_same_server and model == single.model
    return LLMSettings(
        name=entry.name or model,
        model=model,
        base_url=base_url,
        api_key=entry.api_key or (single.api_key if is_same_server else None),
        api_version=entry.api_version or (single.api_version if is_same_server else None),
        input_usd_per_mtok=_first(entry.input_usd_per_mtok, single.input_usd_per_mtok if is_same_model else None),
        output_usd_per_mtok=_first(entry.output_usd_per_mtok, single.output_usd_per_mtok if is_same_model else None),
        confidence=entry.confidence or single.confidence,
        requests_per_minute=entry.requests_per_minute or single.requests_per_minute,
        tokens_per_minute=entry.tokens_per_minute or single.tokens_per_minute,
        instruction=entry.instruction,
    )


def _first(said: float | None, otherwise: float | None) -> float | None:
    return said if said is not None else otherwise  # 0 is a price


def _spell_place(loc: tuple[int | str, ...]) -> str:
    """Where in the file an error is, as people count.

    >>> _spell_place(("teachers", 0, "modell")), _spell_place(())
    ('teacher 1: modell: ', '')
    """
    parts = [str(part) for part in loc]
    if len(loc) > 1 and loc[0] == "teachers" and isinstance(loc[1], int):
        parts[:2] = [f"teacher {loc[1] + 1}"]
    return "".join(f"{part}: " for part in parts)
