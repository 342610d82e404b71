from __future__ import annotations

from dataclasses import replace

from fakes.clocks import HandClock
from mraru.store.labels.kept_drafts import DefinitionDraft, DraftStatus, DraftTrial
from mraru.store.store import Store

TRIAL = DraftTrial(n_texts=9, n_right_before=5, n_right_after=7, n_mended=3, n_broken=1, p_value=0.625, prompt="a-hash")
DRAFT = DefinitionDraft(
    label="tech",
    definition="Chips.",
    status=DraftStatus.TRIED,
    reason="",
    contrast="sport",
    n_corrected=4,
    shown=("h1", "h2"),
    model="m",
    cost_usd=0.25,
    trial=TRIAL,
)


def test_a_draft_is_read_as_it_was_kept(store: Store, clock: HandClock) -> None:
    kept = store.definition_drafts.save(1, DRAFT)
    assert kept == replace(DRAFT, created_at=clock())
    assert store.definition_drafts.get(1, "tech") == kept
    assert store.definition_drafts.get(1, "sport") is None


def test_of_each_label_there_is_one_draft_at_most(store: Store) -> None:
    store.definition_drafts.save(1, DRAFT)
    store.definition_drafts.want(1, "tech")
    store.definition_drafts.want(1, "food")
    assert [(draft.label, draft.status) for draft in store.definition_drafts.list_all(1)] == [
        ("food", DraftStatus.WANTED),
        ("tech", DraftStatus.WANTED),
    ]


def test_projects_see_only_their_own_drafts(store: Store) -> None:
    store.definition_drafts.save(1, DRAFT)
    assert store.definition_drafts.list_all(2) == []
    assert not store.definition_drafts.remove(2, "tech")
    assert not store.definition_drafts.exchange(2, DRAFT, DRAFT)
    assert len(store.definition_drafts.list_all(1)) == 1


def test_what_was_dismissed_meanwhile_stays_so(store: Store) -> None:
    known = store.definition_drafts.save(1, DRAFT)
    assert store.definition_drafts.remove(1, "tech")
    assert not store.definition_drafts.exchange(1, known, replace(known, definition="Too late."))
    assert store.definition_drafts.list_all(1) == []


def test_what_was_changed_meanwhile_is_not_overwritten(store: Store, clock: HandClock) -> None:
    known = store.definition_drafts.save(1, DRAFT)
    clock.advance(1.0)
    mine = store.definition_drafts.save(1, replace(DRAFT, definition="Chips and code."))
    assert not store.definition_drafts.exchange(1, known, replace(known, reason="Too late."))
    assert store.definition_drafts.get(1, "tech") == mine
    assert store.definition_drafts.exchange(1, mine, replace(mine, reason="In time."))
    assert store.definition_drafts.get(1, "tech") == replace(mine, reason="In time.")
