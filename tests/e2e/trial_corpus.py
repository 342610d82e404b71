"""1,500 texts of six labels whose truth is known: the beginnings of BBC News articles, and made-up weather reports."""

from __future__ import annotations

import random

from mraru.demo.sample_texts import SampleTexts, load_bbc_news

N_TEXTS = 1500
N_WEATHER = 250
N_CHARS = 260  # of each article
WEATHER = "weather"
_SKIES = ("rain", "snow", "fog", "sunshine", "thunder", "hail", "drizzle", "frost", "gusts", "mist")
_PLACES = ("the north", "the coast", "the hills", "the islands", "the south-west", "the valleys", "the capital")
_TIMES = ("tonight", "by morning", "at noon", "in the afternoon", "over the weekend", "on Tuesday", "before dawn")


def make_trial_corpus() -> SampleTexts:
    """The same texts every time, in a mixed order."""
    rng = random.Random(7)
    news = load_bbc_news().first(2225)
    assert news.truth is not None
    labelled: dict[str, str] = {}
    for text, label in zip(news.texts, news.truth, strict=True):
        if len(labelled) == N_TEXTS - N_WEATHER:
            break
        labelled.setdefault(text[:N_CHARS], label)
    while len(labelled) < N_TEXTS:
        first, second = rng.sample(_SKIES, 2)
        labelled[
            f"{first.capitalize()} over {rng.choice(_PLACES)} {rng.choice(_TIMES)}, then {second} in "
            f"{rng.choice(_PLACES)}; near {rng.randint(-9, 33)} degrees, wind {rng.randint(2, 60)} miles an hour."
        ] = WEATHER
    texts = sorted(labelled, key=lambda _: rng.random())
    return SampleTexts(
        title="Trial",
        texts=tuple(texts),
        labels=tuple(sorted(set(labelled.values()))),
        truth=tuple(labelled[text] for text in texts),
    )
