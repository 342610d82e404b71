from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest

from mraru.errors import PredictionsHidden, VersionNotKept
from mraru.labelstudio.api.label_stream import (
    LOWEST_SCORE_FIRST,
    MOST_WRITES,
    order_stream,
    serve_version,
    settle_version,
)
from mraru.records import ProjectDescription

DEFAULT_ORDER = "Sequential sampling"


@dataclass
class FakeStream:
    """The stream of one project, in which somebody else may write right after us."""

    model_version: str | None = None
    sampling: str = DEFAULT_ORDER
    held: Mapping[str, int] = field(default_factory=dict)
    is_hidden: bool = False
    after_write: Callable[[FakeStream], None] = lambda stream: None
    written: list[str | None] = field(default_factory=list)

    def describe_project(self, project_id: int) -> ProjectDescription:
        return ProjectDescription(
            project_id=project_id,
            title="",
            instruction="",
            label_config="",
            created_at="",
            model_version=self.model_version,
            sampling=self.sampling,
        )

    def count_predictions(self, project_id: int) -> Mapping[str, int]:
        return self.held

    def change_sampling(self, project_id: int, sampling: str) -> None:
        self.sampling = sampling

    def change_stream(self, project_id: int, model_version: str | None) -> None:
        self.written.append(model_version)
        self.model_version, self.sampling = model_version, LOWEST_SCORE_FIRST
        self.after_write(self)

    def hides_predictions(self, project_id: int) -> bool:
        return self.is_hidden


def undo(stream: FakeStream) -> None:
    stream.model_version = None


def test_a_version_that_is_served_already_is_not_written() -> None:
    stream = FakeStream("v1", LOWEST_SCORE_FIRST)
    assert not serve_version(stream, 1, "v1")
    assert stream.written == []


def test_a_version_that_somebody_wrote_over_is_written_again() -> None:
    stream = FakeStream()
    stream.after_write = lambda stream: undo(stream) if len(stream.written) == 1 else None
    assert serve_version(stream, 1, "v1")
    assert (stream.written, stream.model_version) == (["v1", "v1"], "v1")


def test_a_version_that_is_never_kept_is_for_another_time_and_no_reason_is_made_up() -> None:
    stream = FakeStream(after_write=undo)
    with pytest.raises(VersionNotKept, match="something else sets them") as raised:
        serve_version(stream, 1, "v1")
    assert "hidden" not in str(raised.value)
    assert stream.written == ["v1"] * MOST_WRITES


def test_hidden_predictions_are_named_where_they_are_hidden() -> None:
    stream = FakeStream(after_write=undo, is_hidden=True)
    with pytest.raises(PredictionsHidden, match="Use predictions to prelabel tasks"):
        serve_version(stream, 1, "v1")


def test_ordering_the_stream_leaves_its_version_alone_and_tells_the_former_order() -> None:
    stream = FakeStream("v1")
    assert order_stream(stream, 1) == DEFAULT_ORDER
    assert order_stream(stream, 1) is None
    assert (stream.model_version, stream.sampling, stream.written) == ("v1", LOWEST_SCORE_FIRST, [])


@pytest.mark.parametrize(
    ("current", "held", "wanted"),
    [
        ("M-RARU", {}, None),  # the backend's title
        ("M-RARU", {"M-RARU": 0, "mraru": 2}, "mraru"),
        ("theirs", {"theirs": 1, "mraru": 2}, "theirs"),
        (None, {"mraru": 2}, "mraru"),
        (None, {"former": 2}, None),
    ],
)
def test_what_is_served_has_predictions(current: str | None, held: Mapping[str, int], wanted: str | None) -> None:
    stream = FakeStream(current, LOWEST_SCORE_FIRST, held)
    assert settle_version(stream, 1, "mraru") == (wanted, wanted != current)
    assert stream.model_version == wanted
