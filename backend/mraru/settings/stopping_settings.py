"""Settings of the rules that end the rounds before the budget does."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field
from pydantic_settings import NoDecode

from mraru.plugins import PluginGroup
from mraru.settings.registered_names import RegisteredName, split_names


class StoppingSettings(BaseModel):
    """When the rounds end because more of them would bring little; each rule is off until its figure is set."""

    stop_acceptance_rate: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Stop when the share of visited texts that the paper's rule would accept (the student's mean "
        "normalized uncertainty, whatever the acceptance rule) stays below this, such as 0.05; off when not set.",
    )
    stop_kappa: float | None = Field(
        None,
        gt=0,
        le=1,
        description="Stop when Cohen's kappa between successive students on the stop set stays at or above this, such "
        "as 0.99; off when not set. When it is on, the texts of the stop set are embedded.",
    )
    stop_set_size: int = Field(500, ge=100, description="Unlabelled texts on which MRARU_STOP_KAPPA compares students.")
    stop_rounds: int = Field(
        3,
        ge=1,
        description="Rounds in a row over which MRARU_STOP_ACCEPTANCE_RATE and MRARU_STOP_KAPPA must hold.",
    )
    stop_accuracy: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Stop when the student is right on at least this share of the texts that people labelled, as "
        "judged without their labels: the lower end of Wilson's 95 % interval counts; off when not set. The dashboard "
        "takes it for the share of right labels that is wanted.",
    )
    stop_accuracy_min_gold: int = Field(
        100, ge=1, description="Texts labelled by people before MRARU_STOP_ACCURACY is looked at."
    )
    stop_gain_per_usd: float | None = Field(
        None,
        gt=0,
        description="Stop when a dollar buys fewer percentage points of agreement and of confidence than this; off "
        "when not set. It never ends rounds that cost nothing.",
    )
    stop_gain_rounds: int = Field(
        5, ge=2, description="Rounds over which MRARU_STOP_GAIN_PER_USD compares with as many before."
    )
    stop_min_rounds: int = Field(
        5, ge=1, description="Rounds of the sampler before which none of these rules ends them."
    )
    stopping_criteria: Annotated[
        tuple[Annotated[str, RegisteredName(group=PluginGroup.STOPPING_CRITERIA, own=())], ...],
        NoDecode,
        BeforeValidator(split_names),
    ] = Field(
        (),
        description="Further rules that installed packages bring, by their names with commas between; people may "
        "overrule them as they may these.",
    )
    go_on_rounds: int = Field(
        10,
        ge=1,
        description="Rounds for which Start Training or `mraru go-on` overrules the rules that had ended the rounds.",
    )
