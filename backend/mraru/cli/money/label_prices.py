"""What a label of the configured LLM costs, estimated from prompts that are made but not sent."""

from __future__ import annotations

import random
from collections.abc import Sequence

from mraru.bootstrap import Services
from mraru.bootstrap.teaching.llm_factory import find_llm_price
from mraru.records import ProjectDescription
from mraru.schema_records import LabelSchema
from mraru.teachers.prices.cost_estimate import ASSUMED_LABEL_TOKENS, average_call, estimate_prompt_tokens

N_SAMPLE = 200  # texts


def price_of_call(services: Services, project: ProjectDescription, schema: LabelSchema, texts: Sequence[str]) -> float:
    """Dollars of an average call about these texts, as `mraru cost estimate` has them before the first call.

    Of several teachers, the sum: a cascade that passes few texts on costs less.

    Raises:
        PriceUnknown: the model's price is neither known nor set.
    """
    definitions = services.store.label_definitions.list_all(project.project_id)
    sample = random.Random(services.settings.seed).sample(list(texts), min(N_SAMPLE, len(texts)))
    cost_usd = 0.0
    for llm in services.settings.llms:
        teacher = services.llms.make(project, schema, definitions, llm)
        try:
            prompts = [float(estimate_prompt_tokens(teacher.plan_request(text))) for text in sample]
        finally:
            teacher.close()
        cost_usd += average_call(prompts, ASSUMED_LABEL_TOKENS, find_llm_price(services.settings, llm)).cost_usd
    return cost_usd
