from __future__ import annotations

from pathlib import Path

from fakes.stores import open_store
from mraru.records import TeacherAnswer, TeacherIdentity

IDENTITY = TeacherIdentity(model="simulated", prompt_version="p1")


def test_distribution_and_reason_are_kept_with_the_label_and_replaced_with_it(tmp_path: Path) -> None:
    store = open_store(tmp_path / "mraru.sqlite3")
    sure = TeacherAnswer(
        label="sport", raw="", probabilities=(("sport", 0.75), ("tech", 0.25)), explanation="It names a match."
    )
    unknown = TeacherAnswer(label="tech", raw="")
    store.teacher_labels.save(1, text_hash="a", answer=sure, identity=IDENTITY, round_number=1, at=1.0)
    store.teacher_labels.save(1, text_hash="b", answer=sure, identity=IDENTITY, round_number=1, at=1.0)
    store.teacher_labels.save(1, text_hash="b", answer=unknown, identity=IDENTITY, round_number=2, at=2.0)
    kept, replaced = store.teacher_labels.list_all(1)
    assert kept.probabilities == {"sport": 0.75, "tech": 0.25}
    assert (kept.confidence, kept.explanation) == (0.75, "It names a match.")
    assert (replaced.label, replaced.probabilities, replaced.confidence, replaced.explanation) == (
        "tech",
        None,
        None,
        None,
    )
    store.close()
