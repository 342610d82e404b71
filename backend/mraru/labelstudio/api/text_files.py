"""The texts behind addresses: many files at once, tried again where that may help, not asked for twice in vain."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from mraru.errors import LabelStudioUnreachable
from mraru.labelstudio.api.file_requests import FileNotRead, FileRequests
from mraru.records import TextFault

logger = logging.getLogger(__name__)

DEFAULT_FILE_BYTES = 4_000_000  # a million characters, as long as a text may be, in UTF-8
LONGEST_SILENCE_S = 30.0  # seconds without a byte of a file
PAUSES_S = (0.5, 2.0)  # seconds before another attempt
AT_ONCE = 4  # requests: annotators are served meanwhile
MOST_SILENT = 3  # files in a row that nothing answered to: not the files are at fault
KEPT_S = 300.0  # seconds for which a file that is not there is not asked for again
MOST_KEPT = 10_000  # files that were not there


class TextFiles:
    """What the files of one Label Studio hold. Thread-safe."""

    def __init__(
        self,
        requests: FileRequests,
        url: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Nothing is fetched yet; `url` is Label Studio's address, for messages."""
        self._requests = requests
        self._url = url
        self._clock = clock
        self._sleep = sleep
        self._guard = threading.Lock()
        self._n_silent = 0
        self._faults: dict[tuple[int, str], tuple[TextFault, float]] = {}  # why there is no file, and until when

    def close(self) -> None:
        self._requests.close()

    def fetch_all(self, project_id: int, tasks: Mapping[str, int]) -> dict[str, str | TextFault]:
        """What files hold, or why that is not known.

        Args:
            project_id: whose files these are; another's may resolve the same name otherwise.
            tasks: by address (see `find_address`), a task that names it.

        Raises:
            LabelStudioUnreachable: nothing answers to one file after the other.
            LabelStudioRefused: the token is not accepted.
        """
        if not tasks:
            return {}
        with ThreadPoolExecutor(min(AT_ONCE, len(tasks)), "text-file") as threads:
            under_way = {
                address: threads.submit(self._fetch, project_id, address, task_id) for address, task_id in tasks.items()
            }
            try:
                return {address: future.result() for address, future in under_way.items()}
            finally:
                threads.shutdown(cancel_futures=True)  # of which an error makes nothing

    def _fetch(self, project_id: int, address: str, task_id: int) -> str | TextFault:
        known = self._faults.get((project_id, address))
        if known is not None and self._clock() < known[1]:
            return known[0]
        try:
            text = self._try_again(address, task_id)
        except FileNotRead as exc:
            self._note((project_id, address), exc, task_id)
            return exc.fault
        with self._guard:
            self._n_silent = 0
            self._faults.pop((project_id, address), None)
        return text

    def _try_again(self, address: str, task_id: int) -> str:
        for pause_s in PAUSES_S:
            try:
                return self._requests.read(address, task_id)
            except FileNotRead as exc:
                if exc.fault is not TextFault.NOT_FETCHED:
                    raise
            self._sleep(pause_s)
        return self._requests.read(address, task_id)

    def _note(self, name: tuple[int, str], failure: FileNotRead, task_id: int) -> None:
        """Remember what will not change soon.

        Raises:
            LabelStudioUnreachable: this is one of several in a row.
        """
        logger.info("the file of task %d: %s", task_id, failure.fault, extra={"event": "file_not_read"})
        with self._guard:
            self._n_silent = self._n_silent + 1 if failure.is_silent else 0
            is_silent = self._n_silent >= MOST_SILENT
            if is_silent:
                self._n_silent = 0
            if not failure.fault.is_passing:
                if len(self._faults) >= MOST_KEPT:
                    self._faults.clear()
                self._faults[name] = failure.fault, self._clock() + KEPT_S
        if is_silent:
            raise LabelStudioUnreachable(
                f"Label Studio at {self._url}, or the storage behind it, did not hand out {MOST_SILENT} files in a row "
                "that tasks name: check that both are running, and that this machine reaches the storage's address."
            )
