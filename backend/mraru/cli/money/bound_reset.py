"""`mraru cost reset-bound`: no more is reserved for a model's calls than their own bound."""

from __future__ import annotations

from rich.console import Console

from mraru.bootstrap import Services


def reset_bound(services: Services, model: str, console: Console | None = None) -> None:
    """Forget by how much calls of a model went beyond their bound, and say what that changes.

    Raises:
        StoreError: there is no store in MODEL_DIR.
    """
    console = console or Console(highlight=False, markup=False, emoji=False)
    services.require_store()
    if services.store.overruns.forget(model):
        console.print(
            f"For the calls of {model} no more than their own bound is reserved again. One that goes beyond it is "
            "booked in full, may pass the budget by that, and has more reserved for those after it."
        )
        return
    known = ", ".join(sorted({overrun.model for overrun in services.store.overruns.list_all()})) or "none"
    console.print(f"No more than their bound is reserved for calls of {model}. Models of which more is: {known}.")
