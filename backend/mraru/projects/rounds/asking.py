"""Asks the teacher about a batch, several texts at once; every answer is kept before any error is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace

from mraru.errors import BudgetExceeded, WorkInterrupted
from mraru.interfaces import Teacher
from mraru.store.projects.project_repository import ProgressPhase
from mraru.store.store import Store


class Asking:
    """The teacher's side of a round of one project."""

    def __init__(
        self,
        *,
        store: Store,
        project_id: int,
        teacher: Teacher,
        concurrency: int,
        clock: Callable[[], float],
        should_stop: Callable[[], bool],
    ) -> None:
        self._store = store
        self._project_id = project_id
        self._teacher = teacher
        self._concurrency = concurrency
        self._clock = clock
        self._should_stop = should_stop

    def list_cut(self) -> list[str]:
        """Texts without a label of an LLM whose answer was cut short and may be longer now."""
        return self._store.teacher_labels.list_cut(self._project_id, self._teacher.identity)

    def ask(self, text_hashes: Sequence[str], round_number: int, phase: ProgressPhase = ProgressPhase.ASKING) -> None:
        """Ask about these texts and keep the labels.

        Calls under way are waited for and kept also when one of them fails or the worker shuts down. A text that the
        budget has no room for does not keep a cheaper one from being asked about.

        Raises:
            TeacherError: the first that a call raised.
            WorkInterrupted: the worker is shutting down.
        """
        texts = self._store.tasks.load_texts(self._project_id, text_hashes)
        waiting = [text_hash for text_hash in text_hashes if text_hash in texts]  # a task may be gone
        n_total = len(waiting)
        failure: BaseException | None = None
        without_room: BudgetExceeded | None = None
        running: dict[Future[None], str] = {}
        with ThreadPoolExecutor(max_workers=self._concurrency) as executor:
            while waiting or running:
                if failure is None and self._should_stop():
                    failure = WorkInterrupted()
                while waiting and failure is None and len(running) < self._concurrency:
                    text_hash = waiting.pop(0)
                    future = executor.submit(self._ask_one, text_hash, texts[text_hash], round_number)
                    running[future] = text_hash
                if not running:
                    break
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    del running[future]
                    raised = future.exception()
                    if isinstance(raised, BudgetExceeded):
                        without_room = raised
                    else:
                        failure = failure or raised
                self._store.projects.set_progress(
                    self._project_id, phase, n_total - len(waiting) - len(running), n_total
                )
        if failure is None:
            failure = without_room
        if failure is not None:
            raise failure

    def _ask_one(self, text_hash: str, text: str, round_number: int) -> None:
        answer = self._teacher.label(text)
        identity = self._teacher.identity
        if answer.prompt_version in identity.versions:
            identity = replace(identity, prompt_version=answer.prompt_version)
        self._store.teacher_labels.save(
            self._project_id,
            text_hash=text_hash,
            answer=answer,
            identity=identity,
            round_number=round_number,
            at=self._clock(),
        )
