"""The settings of a project in words for those who label, not for those who run the server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SettingWords:
    """One setting."""

    name: str
    meaning: str
    choices: Mapping[str, str] = field(default_factory=dict)  # of a choice, in the order in which to show them


SETTING_WORDS: Mapping[str, SettingWords] = {
    "max_calls": SettingWords("Most calls", "The LLM is never asked more often than this in this project."),
    "max_cost_usd": SettingWords("Most dollars", "The LLM never costs more than this in this project."),
    "max_tokens": SettingWords("Most tokens", "Questions and answers never have more tokens than this, all together."),
    "max_rounds": SettingWords("Most rounds", "After so many rounds no more is asked."),
    "student": SettingWords(
        "Student",
        "The small model that learns from the labels and labels all other texts.",
        {
            "logreg": "logistic regression",
            "svm": "support vector machine",
            "lda": "linear discriminant analysis",
            "rf": "random forest",
            "hgb": "gradient boosting",
            "distilbert": "DistilBERT",
        },
    ),
    "calibration": SettingWords(
        "How sure it is",
        "How it is seen to that the student is right as often as it says it is sure.",
        {
            "auto": "as measures best",
            "temperature": "by one factor",
            "sigmoid": "by a curve",
            "isotonic": "by steps",
            "none": "not at all",
        },
    ),
    "sampler": SettingWords(
        "Which texts the LLM is asked about",
        "Those that teach the student most, or any.",
        {"mraru": "those that teach most", "random": "drawn at random"},
    ),
    "acceptance_rule": SettingWords(
        "What teaches most",
        "Of the texts that are looked at, the LLM is asked about those of which the student is least certain.",
        {
            "adaptive": "the least certain, as large a part as *How large a part is asked about* says",
            "paper": "the less certain, the likelier (as in the paper)",
            "sharpened": "the same, but pickier",
            "margin": "by how close the two likeliest labels are",
            "entropy": "by how undecided it is among all labels",
        },
    ),
    "acceptance_rate": SettingWords(
        "How large a part is asked about",
        "0.2: about the least certain 20 % of what is looked at. The smaller, the more is looked at for each question.",
    ),
    "sharpness": SettingWords(
        "How picky", "2 or more: of the pickier rules above, how strongly they prefer what is least certain."
    ),
    "batch_size": SettingWords("Texts in a round", "After so many answers the student learns anew."),
    "stop_acceptance_rate": SettingWords(
        "Stop when little is uncertain", "No more is asked once the student is, on average, less uncertain than this."
    ),
    "stop_kappa": SettingWords(
        "Stop when nothing changes", "No more is asked once round after round the student says the same as before."
    ),
    "stop_accuracy": SettingWords(
        "Share of right labels that is wanted",
        "0.95: 95 %. The first page says what that still takes, and no more is asked once the student is as good.",
    ),
    "stop_gain_per_usd": SettingWords(
        "Stop when a dollar brings little", "No more is asked once a dollar brings fewer percentage points than this."
    ),
    "go_on_rounds": SettingWords("Rounds in spite of it", "For so many rounds a start overrules what had ended them."),
    "retrain_after": SettingWords(
        "Labels before it learns", "After so many labels of people the student learns at once."
    ),
    "retrain_delay_s": SettingWords(
        "Seconds before it learns", "After fewer labels it learns when nobody has labelled for so long."
    ),
    "push_limit": SettingWords(
        "Labels written in a round",
        "A round writes so many new ones into Label Studio; the rest follow when it is quiet.",
    ),
    "audit_share": SettingWords(
        "Part that is audited",
        "0.1: one in ten of the tasks that people are served first is drawn at random, to tell how many labels are "
        "right. 0: that is never known.",
    ),
    "gold_consensus": SettingWords(
        "Where people differ",
        "Which of their labels counts.",
        {"majority": "that of most", "dawid-skene": "the likelier, by how each of them errs"},
    ),
    "gold_min_texts": SettingWords(
        "Texts before people are weighed", "Until three people have labelled so many, that of most counts."
    ),
    "only": SettingWords(
        "Which question is answered",
        "The name of the control of the label config that is meant, where several could be.",
    ),
    "texts": SettingWords(
        "Which texts are read",
        "Names of text tags of the label config, with commas between them, that are read beside the text that is "
        "labelled. The LLM is asked anew about every text that reads otherwise then.",
    ),
}


def name_setting(name: str) -> str:
    """What a setting is called on the dashboard.

    >>> name_setting("max_cost_usd"), name_setting("batch_size")
    ('Most dollars', 'Texts in a round')
    """
    return SETTING_WORDS[name].name


def name_choice(setting: str, value: str) -> str:
    """What a choice is called.

    >>> name_choice("student", "svm")
    'support vector machine'
    """
    return SETTING_WORDS[setting].choices.get(value, value)
