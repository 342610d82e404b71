"""What each setting is about: the sections of the page that describes them all."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingTopic:
    """Settings that people look for together."""

    title: str
    summary: str
    fields: tuple[str, ...]  # of `Settings`, in the order of the page


TOPICS = (
    SettingTopic(
        title="Label Studio",
        summary="Where Label Studio is, and what is kept in its projects.",
        fields=(
            "label_studio_url",
            "label_studio_api_key",
            "label_studio_public_url",
            "label_studio_timeout_s",
            "max_file_bytes",
            "allow_setup_token",
            "auto_start",
            "only",
            "texts",
            "tabs",
            "push_limit",
            "reconcile_every_s",
        ),
    ),
    SettingTopic(
        title="The LLM",
        summary="Who labels the chosen texts. Without an LLM, the built-in zero-shot teacher does.",
        fields=(
            "openai_api_key",
            "openai_base_url",
            "openai_model",
            "openai_api_version",
            "teacher",
            "teachers_file",
            "teacher_check",
            "dawid_skene_min_texts",
        ),
    ),
    SettingTopic(
        title="Budget and prices",
        summary="What no project, and not all of them together, may ever pass; and what tokens cost.",
        fields=(
            "max_calls",
            "max_cost_usd",
            "max_tokens",
            "total_max_calls",
            "total_max_cost_usd",
            "total_max_tokens",
            "input_usd_per_mtok",
            "output_usd_per_mtok",
        ),
    ),
    SettingTopic(
        title="Prompt and answer",
        summary="What the LLM is shown, and what it may answer.",
        fields=(
            "max_text_tokens",
            "max_prompt_labels",
            "shortlist_size",
            "few_shot",
            "few_shot_tokens",
            "trial_texts",
            "answer_format",
            "confidence",
            "confidence_samples",
            "confidence_temperature",
            "explanations",
            "teacher_max_tokens",
            "teacher_thinking_tokens",
            "reasoning_effort",
        ),
    ),
    SettingTopic(
        title="Pace and failures",
        summary="How fast the LLM is asked, and what happens when it does not answer.",
        fields=(
            "teacher_concurrency",
            "requests_per_minute",
            "tokens_per_minute",
            "teacher_timeout_s",
            "teacher_max_attempts",
            "retry_delay_s",
            "circuit_failures",
            "circuit_pause_s",
            "call_lost_after_s",
        ),
    ),
    SettingTopic(
        title="Batch API",
        summary="Half the price for answers within a day.",
        fields=("batch_api", "batch_poll_s", "batch_price_factor"),
    ),
    SettingTopic(
        title="Rounds and the choice of texts",
        summary="How many texts a round asks about, and which.",
        fields=(
            "batch_size",
            "max_rounds",
            "sampler",
            "acceptance_rule",
            "acceptance_rate",
            "sharpness",
            "batch_diversity",
            "max_passes",
            "seeding",
            "seeding_sample",
            "seeding_limit",
            "seed",
        ),
    ),
    SettingTopic(
        title="When rounds end",
        summary="Rules that end the rounds before the budget does. Each is off until its figure is set.",
        fields=(
            "stopping_criteria",
            "stop_accuracy",
            "stop_accuracy_min_gold",
            "stop_kappa",
            "stop_set_size",
            "stop_acceptance_rate",
            "stop_rounds",
            "stop_gain_per_usd",
            "stop_gain_rounds",
            "stop_min_rounds",
            "go_on_rounds",
        ),
    ),
    SettingTopic(
        title="Student and embedding",
        summary="The small model that learns from the labels, and how texts become vectors.",
        fields=(
            "student",
            "calibration",
            "soft_labels",
            "embedder",
            "embedding_model",
            "embedding_batch_size",
            "embedding_threads",
            "distilbert_model",
            "distilbert_max_tokens",
            "distilbert_epochs",
        ),
    ),
    SettingTopic(
        title="People's labels",
        summary="When corrections train the student, what counts where people differ, and the audit.",
        fields=("retrain_after", "retrain_delay_s", "audit_share", "gold_consensus", "gold_min_texts"),
    ),
    SettingTopic(
        title="Server and data",
        summary="Where the backend listens, with how many processes, and where it keeps its data.",
        fields=("model_dir", "port", "host", "backend_url", "workers", "threads", "predict_timeout_s"),
    ),
    SettingTopic(
        title="Access",
        summary="Who may call the backend.",
        fields=("basic_auth_user", "basic_auth_pass", "allowed_hosts", "webhook_secret", "unsafe_no_login"),
    ),
    SettingTopic(
        title="Logs",
        summary="What is written to stderr.",
        fields=("log_level", "log_format", "access_log"),
    ),
)
