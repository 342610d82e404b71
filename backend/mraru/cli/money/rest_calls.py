"""What the second calls about texts cost, on whose shortlist the LLM finds no label fitting."""

from __future__ import annotations

from collections.abc import Sequence

from mraru.bootstrap import Services
from mraru.bootstrap.teaching.llm_factory import find_llm_price
from mraru.quantities import spell_quantity
from mraru.settings import LLMSettings
from mraru.teachers.llm.openai_teacher import OpenAITeacher
from mraru.teachers.prices.cost_estimate import CallEstimate, add_calls, average_call, estimate_prompt_tokens

LEAST_MEASURED = 20  # texts before the share of them is believed
ASSUMED_SHARE = 0.05  # of the texts
N_SAMPLE = 20  # texts whose second prompts are measured


def add_rest(
    services: Services, llm: LLMSettings, teacher: OpenAITeacher, sample: Sequence[str], first: CallEstimate, basis: str
) -> tuple[CallEstimate, str]:
    """What an average text takes, second calls included, and from what that is estimated.

    Args:
        first: an average first call.
        basis: what that was estimated from.
    """
    if teacher.pages is None:
        return first, basis
    second = teacher.calls[1]
    prompts = [float(estimate_prompt_tokens(second.plan_request(text))) for text in sample[:N_SAMPLE]]
    n_texts, n_none = services.store.costs.measure_shortlists(teacher.identity)
    is_measured = n_texts >= LEAST_MEASURED
    share = n_none / n_texts if is_measured else ASSUMED_SHARE
    found = (
        f"as it was for {n_none:,} of {spell_quantity(n_texts, 'text')} so far"
        if is_measured
        else f"which is assumed until {LEAST_MEASURED} texts were asked about"
    )
    rest = average_call(prompts, first.answer_tokens, find_llm_price(services.settings, llm))
    return add_calls([first, rest], [1.0, share]), (
        f"{basis} For {share:.0%} of the texts, a second call with the other labels (about {rest.prompt_tokens:,.0f} "
        f"tokens) is counted in, {found}."
    )
