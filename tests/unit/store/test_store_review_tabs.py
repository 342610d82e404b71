from __future__ import annotations

from mraru.store.review.review_tabs import ReviewTab
from mraru.store.store import Store

REVIEW = ReviewTab(kind="review", view_id=7, written="{}")
AUDIT = ReviewTab(kind="audit", view_id=8, written="{}")


def test_tabs_are_listed_by_kind_and_of_one_project_alone(store: Store) -> None:
    for tab in (REVIEW, AUDIT):
        store.review_tabs.save(1, tab)
    store.review_tabs.save(2, ReviewTab(kind="llm", view_id=9, written="{}"))
    assert store.review_tabs.list_all(1) == [AUDIT, REVIEW]


def test_a_tab_that_is_saved_again_takes_the_place_of_the_first(store: Store) -> None:
    store.review_tabs.save(1, REVIEW)
    again = ReviewTab(kind="review", view_id=10, written='{"title": "Review"}')
    store.review_tabs.save(1, again)
    assert store.review_tabs.list_all(1) == [again]


def test_forgotten_tabs_are_gone_and_the_others_stay(store: Store) -> None:
    for project_id in (1, 2):
        store.review_tabs.save(project_id, REVIEW)
    store.review_tabs.save(1, AUDIT)
    store.review_tabs.forget(1, ["review"])
    assert store.review_tabs.list_all(1) == [AUDIT]
    assert store.review_tabs.list_all(2) == [REVIEW]
    store.review_tabs.forget(1, [])
    assert store.review_tabs.list_all(1) == [AUDIT]
