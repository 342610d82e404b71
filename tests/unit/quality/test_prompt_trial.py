from __future__ import annotations

import pytest
from scipy.stats import binom

from mraru.quality.prompt_comparison import choose_trial_texts, compare_prompts

GOLD = {f"{number:03}": ("x", "y", "z")[number % 3] for number in range(60)}


def test_the_p_value_is_mcnemars_exact_one() -> None:
    gold = dict.fromkeys(map(str, range(20)), "right")
    before = {name: "right" if int(name) < 10 else "wrong" for name in gold}
    after = {name: "wrong" if int(name) < 2 else "right" for name in gold}
    compared = compare_prompts(gold, before, after)
    assert (compared.n_right_before, compared.n_right_after) == (10, 18)
    assert (compared.n_mended, compared.n_broken) == (10, 2)
    assert compared.p_value == pytest.approx(2 * binom.cdf(2, 12, 0.5))
    assert compared.is_better


def test_prompts_that_are_right_on_the_same_texts_do_not_differ() -> None:
    said = dict.fromkeys(GOLD, "x")
    compared = compare_prompts(GOLD, said, said)
    assert (compared.n_texts, compared.n_right_before, compared.n_right_after, compared.p_value) == (60, 20, 20, 1.0)
    assert not compared.is_better


def test_a_text_without_a_label_counts_as_wrong_and_one_that_was_not_asked_not_at_all() -> None:
    compared = compare_prompts({"a": "x", "b": "x", "c": "x"}, {"a": "x", "b": "x"}, {"a": None, "b": "x", "c": "x"})
    assert (compared.n_texts, compared.n_right_before, compared.n_right_after) == (2, 2, 1)
    assert (compared.n_mended, compared.n_broken) == (0, 1)


def test_nothing_was_compared_without_texts() -> None:
    compared = compare_prompts({}, {}, {})
    assert (compared.n_texts, compared.p_value) == (0, 1)


def test_what_the_draft_was_made_from_is_never_held_out() -> None:
    shown = [name for name, label in GOLD.items() if label == "x"]
    chosen = choose_trial_texts(GOLD, {}, concerned=["x"], shown=shown, n_texts=60, seed=0)
    assert not set(chosen) & set(shown)
    assert len(chosen) == 40


def test_half_of_the_texts_are_of_the_labels_that_the_change_concerns() -> None:
    chosen = choose_trial_texts(GOLD, {}, concerned=["x"], shown=[], n_texts=20, seed=0)
    assert len(set(chosen)) == 20
    assert sum(GOLD[name] == "x" for name in chosen) == 10


def test_a_text_is_concerned_too_if_the_llm_alone_gave_it_the_label() -> None:
    said = {name: "x" for name, label in GOLD.items() if label == "y"}
    chosen = choose_trial_texts(GOLD, said, concerned=["x"], shown=[], n_texts=20, seed=0)
    assert sum(GOLD[name] == "z" for name in chosen) == 10


@pytest.mark.parametrize(("concerned", "n_near"), [(["x", "y", "z"], 20), ([], 0), (["x", "y"], 10)])
def test_where_one_half_has_too_few_the_other_fills_up(concerned: list[str], n_near: int) -> None:
    chosen = choose_trial_texts(GOLD, {}, concerned=concerned, shown=[], n_texts=20, seed=0)
    assert len(chosen) == 20
    assert sum(GOLD[name] in concerned for name in chosen) == n_near


def test_the_same_seed_draws_the_same_texts_and_another_one_others() -> None:
    def draw(seed: int) -> tuple[str, ...]:
        return choose_trial_texts(GOLD, {}, concerned=["x"], shown=[], n_texts=10, seed=seed)

    assert draw(1) == draw(1)
    assert draw(1) != draw(2)
