from __future__ import annotations

import numpy as np

from mraru.quality.consensus.gold_consensus import people_overlap, settle_by_dawid_skene
from mraru.records import Annotation

LABELS = ("sport", "tech", "food")
GOOD, ALSO_GOOD, CONFUSER = 1, 2, 3  # the last takes two thirds of sport for tech


def say(*labels: str | None, **changes: object) -> list[Annotation]:
    """Annotations of one text by the people 1, 2, ..., None for nothing."""
    return [
        Annotation(annotation_id=0, task_id=0, label=label, completed_by=person, lead_time_s=1.0, **changes)  # type: ignore[arg-type]
        for person, label in enumerate(labels, start=1)
    ]


def simulate(n_texts: int = 150) -> tuple[dict[str, list[Annotation]], dict[str, str]]:
    """People of whom one confuses two classes, and the truth."""
    rng = np.random.default_rng(0)
    by_text, truth = {}, {}
    for number in range(n_texts):
        right = LABELS[number % 3]
        said = [right if rng.random() < 0.95 else str(rng.choice(LABELS)) for _ in (GOOD, ALSO_GOOD)]
        confused = "tech" if right == "sport" and rng.random() < 2 / 3 else right
        by_text[f"t{number}"] = say(*said, confused)
        truth[f"t{number}"] = right
    return by_text, truth


def test_a_tie_goes_to_the_person_who_errs_less_on_such_texts() -> None:
    by_text, _ = simulate()
    by_text["split"] = [*say("sport"), say(None, None, "tech")[-1]]
    assert settle_by_dawid_skene(by_text, LABELS)["split"] == "sport"


def test_only_texts_on_which_people_differ_are_decided() -> None:
    by_text, _ = simulate()
    settled = settle_by_dawid_skene(by_text, LABELS)
    differing = {text for text, said in by_text.items() if len({annotation.label for annotation in said}) > 1}
    assert settled
    assert settled.keys() <= differing
    assert all(label in {annotation.label for annotation in by_text[text]} for text, label in settled.items())


def test_what_is_decided_is_mostly_right() -> None:
    by_text, truth = simulate()
    settled = settle_by_dawid_skene(by_text, LABELS)
    assert np.mean([truth[text] == label for text, label in settled.items()]) > 0.9


def test_ground_truth_is_not_decided_but_teaches_who_is_right_elsewhere() -> None:
    pairs = [("sport", "tech"), ("tech", "sport")] * 4
    by_text = {f"t{number}": say(*pair) for number, pair in enumerate(pairs)}
    for number, pair in enumerate(pairs * 3):
        by_text[f"s{number}"] = [*say(pair[0], is_ground_truth=True), say(*pair)[-1]]
    assert settle_by_dawid_skene(by_text, LABELS) == {f"t{number}": pair[0] for number, pair in enumerate(pairs)}


def test_a_text_with_an_annotation_that_is_nobodys_is_left_to_the_majority() -> None:
    by_text, _ = simulate()
    imported = Annotation(annotation_id=0, task_id=0, label="tech", completed_by=CONFUSER)
    by_text["split"] = [*say("sport"), imported]
    assert "split" not in settle_by_dawid_skene(by_text, LABELS)


def test_a_text_that_stays_in_doubt_is_not_decided() -> None:
    by_text = {f"t{number}": say("sport", "tech") for number in range(4)}
    by_text |= {f"u{number}": say("tech", "sport") for number in range(4)}
    assert settle_by_dawid_skene(by_text, LABELS) == {}


def test_overlap_is_of_people_not_of_annotations() -> None:
    three = say("sport", "tech", "food")
    twice = [*say("sport", "sport"), *say("tech")]
    copied = [*say("sport", "sport"), say(None, None, "sport", is_human=False)[-1]]
    assert people_overlap({"t1": three, "t2": twice, "t3": copied, "t4": []}) == 1


def test_no_annotations_settle_nothing() -> None:
    assert settle_by_dawid_skene({}, LABELS) == {}
