"""Every check, in the order in which they are made, with the checks that must pass before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mraru.doctor.budgets import check_budget, check_prices, check_total_budget
from mraru.doctor.environment import (
    check_disk,
    check_embedding_model,
    check_model_dir,
    check_store,
    check_torch,
)
from mraru.doctor.examined import Examined
from mraru.doctor.findings import Finding
from mraru.doctor.label_studio.access_token import check_token
from mraru.doctor.label_studio.address import check_address, check_address_set, check_clocks
from mraru.doctor.label_studio.asked_texts import check_label_config, check_texts
from mraru.doctor.label_studio.registration import (
    check_backends,
    check_project_here,
    check_project_there,
    check_webhooks,
)
from mraru.doctor.label_studio.served_predictions import (
    check_model_version,
    check_sampling,
    check_training_start,
    check_visibility,
)
from mraru.doctor.llm_servers import check_circuits, check_last_checks, check_refused_parameters
from mraru.doctor.project_standing import check_project_settings, check_state, check_warnings
from mraru.doctor.serving import check_own_address, check_worker

SETTINGS = "settings"
FOLDER = "MODEL_DIR"
STORE = "store"
LABEL_STUDIO_SET = "Label Studio's settings"
ADDRESS = "Label Studio's address"
CLOCKS = "clocks"
TOKEN = "token"  # nosec B105
THERE = "project in Label Studio"
OWN_ADDRESS = "backend's address"
HERE = "project in this backend"
LABELS = "label config"
PRICES = "prices"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check, by the name that people read."""

    name: str
    look: Callable[[Examined], Iterable[Finding]]
    needs: tuple[str, ...] = ()  # names of checks that must have passed, all of them earlier in the list
    of_project: bool = False  # made only where a project is named
    asks: bool = False  # asks Label Studio more than the earlier checks have


CHECKS = (
    Check(name=FOLDER, look=check_model_dir),
    Check(name="disk", look=check_disk),
    Check(name=STORE, look=check_store, needs=(FOLDER,)),
    Check(name="embedding model", look=check_embedding_model),
    Check(name="torch", look=check_torch),
    Check(name="worker", look=check_worker, needs=(FOLDER,)),
    Check(name=LABEL_STUDIO_SET, look=check_address_set),
    Check(name=ADDRESS, look=check_address, needs=(LABEL_STUDIO_SET,)),
    Check(name=CLOCKS, look=check_clocks, needs=(ADDRESS,)),
    Check(name=TOKEN, look=check_token, needs=(ADDRESS,)),
    Check(name=THERE, look=check_project_there, needs=(TOKEN,), of_project=True),
    Check(name=OWN_ADDRESS, look=check_own_address),
    Check(name=HERE, look=check_project_here, needs=(STORE,), of_project=True),
    Check(name="registration", look=check_backends, needs=(THERE,), of_project=True),
    Check(name="webhook", look=check_webhooks, needs=(THERE,), of_project=True),
    Check(name=LABELS, look=check_label_config, needs=(THERE,), of_project=True),
    Check(name="texts", look=check_texts, needs=(LABELS,), of_project=True, asks=True),
    Check(name="model version", look=check_model_version, needs=(THERE,), of_project=True, asks=True),
    Check(name="sampling", look=check_sampling, needs=(THERE,), of_project=True),
    Check(name="visible predictions", look=check_visibility, needs=(THERE,), of_project=True, asks=True),
    Check(name="training", look=check_training_start, needs=(THERE,), of_project=True, asks=True),
    Check(name="state", look=check_state, needs=(HERE,), of_project=True),
    Check(name="warnings", look=check_warnings, needs=(HERE,), of_project=True),
    Check(name="settings of the project", look=check_project_settings, needs=(HERE,), of_project=True),
    Check(name=PRICES, look=check_prices),
    Check(name="budget of all projects", look=check_total_budget, needs=(STORE,)),
    Check(name="budget", look=check_budget, needs=(STORE, LABELS, PRICES), of_project=True),
    Check(name="LLM's server", look=check_circuits),
    Check(name="LLM's parameters", look=check_refused_parameters),
    Check(name="check of the LLM", look=check_last_checks),
)

BEFORE_CONNECTING = tuple(
    check for check in CHECKS if check.name in (LABEL_STUDIO_SET, ADDRESS, CLOCKS, TOKEN, OWN_ADDRESS)
)
