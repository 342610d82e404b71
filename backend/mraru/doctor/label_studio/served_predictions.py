"""What annotators are served in Label Studio: which predictions, in which order, and whether they see them."""

from __future__ import annotations

from collections.abc import Iterator

from mraru.doctor.examined import Examined
from mraru.doctor.findings import Finding, NothingToExamine, Severity
from mraru.labelstudio.api.label_stream import LOWEST_SCORE_FIRST
from mraru.quantities import spell_quantity
from mraru.store.projects.project_repository import ProjectState

SET_AGAIN = "The backend sets it with its next predictions, and `mraru connect {project_id}` now."


def check_model_version(examined: Examined) -> Iterator[Finding]:
    """The version that Label Studio serves has predictions, and is ours where there are some."""
    project_id = examined.project_id
    served = examined.known_there.description.model_version
    known = examined.known
    ours = known.served_version if known is not None else None
    if served is None and ours is None:
        raise NothingToExamine("no predictions are served yet")
    n_held = examined.client.count_predictions(project_id)
    remedy = SET_AGAIN.format(project_id=project_id)
    if served is not None and not n_held.get(served):
        yield Finding(
            code="version-without-predictions",
            severity=Severity.WARNING,
            message=f"Project {project_id} serves the model version {served!r}, and no prediction has it: annotators "
            "see none, the order is random, and each next task waits for the backend.",
            remedy=remedy,
        )
    elif ours is not None and served != ours and n_held.get(ours):
        yield Finding(
            code="another-version-served",
            severity=Severity.WARNING,
            message=f"Project {project_id} serves {f'the model version {served!r}' if served else 'no predictions'}, "
            f"although this backend has written {n_held[ours]} under {ours!r}.",
            remedy=f"If nobody meant that: choose {ours!r} in the project's Settings > Annotation. The backend sets it "
            "with its next predictions.",
        )


def check_sampling(examined: Examined) -> Iterator[Finding]:
    """The lowest score comes first."""
    sampling = examined.known_there.description.sampling
    if sampling != LOWEST_SCORE_FIRST:
        yield Finding(
            code="sampling-changed",
            severity=Severity.WARNING,
            message=f"The label stream of project {examined.project_id} goes by {sampling or 'nothing'!r}, not by "
            f"{LOWEST_SCORE_FIRST!r}: people are not shown first what teaches most.",
            remedy=SET_AGAIN.format(project_id=examined.project_id),
        )


def check_visibility(examined: Examined) -> Iterator[Finding]:
    """Annotators see predictions."""
    if examined.client.hides_predictions(examined.project_id):
        yield Finding(
            code="predictions-hidden",
            severity=Severity.WARNING,
            message=f"Predictions are hidden from the annotators of project {examined.project_id}, so Label Studio "
            "serves none and goes by no score.",
            remedy="Turn on 'Use predictions to prelabel tasks' (Settings > Annotation), unless people are to label "
            "without seeing them.",
        )


def check_training_start(examined: Examined) -> Iterator[Finding]:
    """Label Studio does not ask for training by itself while somebody submits."""
    n_annotations = examined.client.find_training_start(examined.project_id)
    if n_annotations:
        yield Finding(
            code="trains-while-people-submit",
            severity=Severity.WARNING,
            message=f"Label Studio sends Start Training of project {examined.project_id} by itself after every "
            f"{spell_quantity(n_annotations, 'annotation')} (min_annotations_to_start_training), and who "
            "submits then waits for it. The "
            "backend counts corrections itself (MRARU_RETRAIN_AFTER)." + _tell_of_pause(examined),
            remedy="Turn off 'Start model training on annotation submission' in the project's Settings > Model.",
        )


def _tell_of_pause(examined: Examined) -> str:
    known = examined.known
    is_paused = known is not None and known.state is ProjectState.PAUSED and known.waits_for_people
    return " It also ends the pause that somebody has set." if is_paused else ""
