"""Which labels are near to a text: by their names, and by the texts that have them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from fakes.label_studio import label_config
from mraru.interfaces import Vectors
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.learning.label_nearness import LabelNearness, place_labels
from mraru.records import Annotation, TaskText, TeacherAnswer, TeacherIdentity, hash_text
from mraru.schema_records import LabelSchema
from mraru.store.projects.round_repository import RoundKind, RoundStep
from mraru.store.store import Store

LABELS = ("sport", "tech", "food")
SCHEMA = parse_label_config(label_config(LABELS))
NAMED = {label: f"This text is about {label}." for label in LABELS}
TEXT, MISLEADING = "a match", "a chip that is eaten"
VECTORS = {
    NAMED["sport"]: (1.0, 0.0, 0.0),
    NAMED["tech"]: (0.0, 1.0, 0.0),
    NAMED["food"]: (0.0, 0.0, 1.0),
    TEXT: (0.9, 0.3, 0.1),
    MISLEADING: (0.1, 0.75, 0.65),
    "fish and chips": (0.0, 0.95, 0.3),
    f"{NAMED['food']} Chips, too.": (0.1, 0.9, 0.42),
}


class ListedEmbedder:
    """Knows these texts alone, and counts how often it is asked."""

    name = "listed"

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.embedded.extend(texts)
        return np.array([VECTORS[text] for text in texts], dtype=np.float32).reshape(len(texts), 3)


@pytest.fixture
def embedder() -> ListedEmbedder:
    return ListedEmbedder()


@pytest.fixture
def kept(store: Store) -> Store:
    """A project with three tasks."""
    store.projects.connect(
        1, label_config=label_config(LABELS), hostname=None, access_token=None, backend_url="http://b"
    )
    texts = (TEXT, MISLEADING, "fish and chips")
    store.tasks.save(1, [TaskText(task_id=number, text=text) for number, text in enumerate(texts, start=1)])
    return store


def near(store: Store, embedder: ListedEmbedder, held_out: Sequence[str] = (), **definitions: str) -> LabelNearness:
    return LabelNearness(store, 1, SCHEMA, embedder, definitions=definitions, held_out=held_out)


def correct(store: Store, task_id: int, label: str) -> None:
    said = Annotation(annotation_id=task_id, task_id=task_id, label=label, lead_time_s=1.0)
    store.annotations.save(1, [said], 0.0)


def say(store: Store, text: str, label: str | None, round_number: int) -> None:
    store.teacher_labels.save(
        1,
        text_hash=hash_text(text),
        answer=TeacherAnswer(label=label, raw=""),
        identity=TeacherIdentity(model="m", prompt_version="p"),
        round_number=round_number,
        at=0.0,
    )


def test_without_labels_it_goes_by_what_they_are_called(kept: Store, embedder: ListedEmbedder) -> None:
    assert near(kept, embedder).rank(TEXT) == ["sport", "tech", "food"]
    assert near(kept, embedder).rank(MISLEADING) == ["tech", "food", "sport"]


def test_texts_that_people_labelled_draw_their_label_near(kept: Store, embedder: ListedEmbedder) -> None:
    ranking = near(kept, embedder)
    assert ranking.rank(MISLEADING)[0] == "tech"
    correct(kept, 3, "food")
    assert ranking.rank(MISLEADING)[0] == "food"
    assert near(kept, embedder, held_out=[hash_text("fish and chips")]).rank(MISLEADING)[0] == "tech"


def test_a_texts_own_label_does_not_count_for_it(kept: Store, embedder: ListedEmbedder) -> None:
    correct(kept, 2, "food")
    assert near(kept, embedder).rank(MISLEADING)[0] == "tech"


def test_what_the_llm_says_counts_once_the_round_was_asked(kept: Store, embedder: ListedEmbedder) -> None:
    kept.rounds.open(
        1, number=1, kind=RoundKind.MRARU, step=RoundStep.ASKING, n_pool=1, selected=(), selection_end=None, at=0.0
    )
    say(kept, "fish and chips", "food", 1)
    ranking = near(kept, embedder)
    assert ranking.rank(MISLEADING)[0] == "tech"
    kept.rounds.update(1, 1, step=RoundStep.TRAINING)
    assert ranking.rank(MISLEADING)[0] == "food"


def test_an_answer_without_a_label_draws_nothing(kept: Store, embedder: ListedEmbedder) -> None:
    say(kept, "fish and chips", None, 1)
    assert near(kept, embedder).rank(MISLEADING)[0] == "tech"


def test_a_text_without_words_is_near_to_none_and_nothing_is_embedded(kept: Store, embedder: ListedEmbedder) -> None:
    assert near(kept, embedder).rank(" ") == list(LABELS)
    assert embedder.embedded == []


def test_definitions_are_embedded_with_the_names(kept: Store, embedder: ListedEmbedder) -> None:
    assert near(kept, embedder, food="Chips, too.").rank(MISLEADING)[0] == "food"


def test_places_are_sums_of_names_and_texts() -> None:
    described = np.eye(2, dtype=np.float32)
    places = place_labels(described, [(0, np.array([0.0, 1.0], dtype=np.float32))])
    assert places.tolist() == [[1.0, 1.0], [0.0, 1.0]]
    assert described.tolist() == [[1.0, 0.0], [0.0, 1.0]]  # as it was


def test_sets_draw_each_of_their_labels_near(kept: Store, embedder: ListedEmbedder) -> None:
    several = parse_label_config(label_config(LABELS).replace("<Choices ", '<Choices choice="multiple" '))
    assert isinstance(several, LabelSchema)
    correct(kept, 3, "food | sport")
    ranking = LabelNearness(kept, 1, several, embedder, definitions={})
    assert ranking.rank(MISLEADING) == ["food", "tech", "sport"]
