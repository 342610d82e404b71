from __future__ import annotations

from mraru.quality.agreement.confusion import count_confusion

LABELS = ("tech", "art", "sport")  # not in the alphabet's order


def test_rows_and_columns_keep_the_configs_order_and_no_label_comes_last() -> None:
    first = {"1": "tech", "2": "tech", "3": "sport", "4": "art"}
    second = {"1": "tech", "2": "sport", "3": None, "4": "art"}
    matrix = count_confusion(first, second, LABELS)
    assert matrix.labels == LABELS
    assert matrix.columns == (*LABELS, None)
    assert matrix.counts == ((1, 0, 1, 0), (0, 1, 0, 0), (0, 0, 0, 1))


def test_only_texts_of_both_and_labels_of_the_project_count() -> None:
    matrix = count_confusion({"1": "tech", "2": "gone", "3": "art"}, {"2": "tech", "3": "gone", "4": "art"}, LABELS)
    assert sum(map(sum, matrix.counts)) == 0


def test_nothing_to_compare_is_all_zeros() -> None:
    assert count_confusion({}, {}, ("a",)).counts == ((0, 0),)


def test_a_project_without_labels_has_an_empty_matrix() -> None:
    assert count_confusion({}, {}, ()).counts == ()


def test_a_label_that_is_called_no_label_is_not_mixed_up_with_none() -> None:
    matrix = count_confusion({"1": "None", "2": "None"}, {"1": "None", "2": None}, ("None",))
    assert matrix.counts == ((1, 1),)
