"""How two labellers agree where several labels may be chosen: sets as a whole, then label by label."""

from __future__ import annotations

from collections.abc import Callable

from dash.development.base_component import Component

from mraru.quality.agreement.label_counts import LabelCounts, SetAgreement
from mraru.web.dashboard.elements.cards import make_card, make_empty, make_figures
from mraru.web.dashboard.elements.page_tables import make_table
from mraru.web.dashboard.elements.spelling import spell_count, spell_number, spell_share


def make_set_card(
    title: str, name: str, first: str, second: str, found: SetAgreement, name_label: Callable[[str | None], str]
) -> Component:
    """Figures about whole sets, and a row for each label.

    Args:
        title: of the card.
        name: of the card, in addresses and tests.
        first: who gave the first sets, at the beginning of a sentence.
        second: who gave the others.
        found: what was counted.
        name_label: a label as annotators see it.
    """
    if not found.n_texts:
        return make_card(title, make_empty("There is no text that both have looked at."), name=name, width="wide")
    headers = ("Label", "Both", f"{first} alone", f"{second} alone", "F1")
    return make_card(
        title,
        make_figures(
            ("Same set of labels", spell_count(found.n_same), f"of {spell_count(found.n_texts)} texts"),
            ("Micro-F1", spell_number(found.micro_f1, 2), "over all labels of all texts"),
            ("Macro-F1", spell_number(found.macro_f1, 2), "mean of the labels that somebody gave"),
            ("Labels that one gave alone", spell_share(found.hamming_loss), "of all labels of all texts"),
        ),
        make_table(f"{title}: texts by label", headers, [_make_row(count, name_label) for count in found.labels]),
        name=name,
        width="wide",
    )


def _make_row(count: LabelCounts, name_label: Callable[[str | None], str]) -> tuple[str, ...]:
    return (
        name_label(count.label),
        spell_count(count.n_both),
        spell_count(count.n_first_alone),
        spell_count(count.n_second_alone),
        spell_number(count.f1, 2),
    )
