from __future__ import annotations

import numpy as np
import pytest

from mraru.quality.agreement.annotator_agreement import judge_annotators
from mraru.quality.agreement.cohen_kappa import cohen_kappa
from mraru.quality.agreement.krippendorff_alpha import krippendorff_alpha
from mraru.quality.agreement.pair_agreement import measure_agreement
from mraru.quality.agreement.teacher_accuracy_on_gold import measure_accuracy
from mraru.quality.audit.audit_estimates import AuditedLabels, measure_corpus, measure_student, measure_teacher
from mraru.quality.audit.star_distance import mean_stars_wrong
from mraru.records import Annotation


def test_the_alpha_of_ratings_is_that_of_krippendorffs_own_paper() -> None:
    """Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section E: the same data, interval metric."""
    observers = {1: "123321412...", 2: "1233224125.3", 3: ".3332342251.", 4: "12332441251."}
    said = {
        person: {f"u{number}": value for number, value in enumerate(values) if value != "."}
        for person, values in observers.items()
    }
    assert krippendorff_alpha(said, are_ratings=True) == pytest.approx(0.849, abs=5e-4)


def test_kappa_weighs_a_disagreement_by_the_square_of_its_stars_also_where_some_are_never_given() -> None:
    first, second = (np.array(list(stars), dtype=np.str_) for stars in ("1155", "1151"))
    apart = np.subtract.outer(np.arange(1, 6), np.arange(1, 6)) ** 2
    shares = [np.array([np.mean(side == str(stars)) for stars in range(1, 6)]) for side in (first, second)]
    by_chance = float((apart * np.outer(*shares)).sum())
    assert cohen_kappa(first, second, are_ratings=True) == pytest.approx(1 - (16 / 4) / by_chance)


def test_ratings_of_ten_are_numbers_and_no_strings() -> None:
    near, far = np.array(["9", "1", "2"]), np.array(["10", "1", "2"])
    assert (cohen_kappa(near, far, are_ratings=True) or 0.0) > 0.95


def test_labels_that_are_no_ratings_have_no_distance() -> None:
    pairs = [("1", "3"), ("2", "2")] * 10
    assert measure_agreement(pairs).stars_apart is None
    assert measure_agreement(pairs, are_ratings=True).stars_apart == 1.0
    assert measure_agreement(pairs[:4], are_ratings=True).stars_apart is None
    gold = {str(number): "3" for number in range(10)}
    assert measure_accuracy(gold, dict.fromkeys(gold, "1")).stars_apart is None
    assert measure_accuracy(gold, dict.fromkeys(gold, "1"), are_ratings=True).stars_apart == 2.0
    assert mean_stars_wrong(gold, dict.fromkeys(gold, None)) is None


def test_annotators_are_compared_by_the_distance_of_their_ratings() -> None:
    by_text = {
        f"t{number}": [
            Annotation(annotation_id=2 * number + person, task_id=number, label=stars, completed_by=person)
            for person, stars in ((1, "4"), (2, "5"))
        ]
        for number in range(10)
    }
    (first, _) = judge_annotators(by_text, {}, {}, ["4", "5"], {}, are_ratings=True)
    assert (first.with_others.share, first.with_others.stars_apart) == (0.0, 1.0)


def test_the_audit_tells_how_many_stars_labels_are_off_and_counts_what_people_labelled_as_right() -> None:
    names = tuple(f"t{number}" for number in range(20))
    gold = dict.fromkeys(names, "5")
    said = gold | {"t0": "1", "t1": "3"}
    audited = AuditedLabels(
        labels=("1", "2", "3", "4", "5"),
        n_texts=40,
        gold=gold,
        teacher=said,
        student=said,
        blind=said,
        corpus_sample=names,
        teacher_sample=names,
        n_teacher_sampled=40,
        acceptance={},
        are_ratings=True,
    )
    assert measure_teacher(audited).stars_apart == measure_student(audited).stars_apart == 6 / 20
    assert measure_corpus(audited).stars_apart == pytest.approx(6 / 20 - 6 / 40)
