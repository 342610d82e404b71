"""Who Label Studio's users are, so that figures of annotators carry names."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping

from label_studio_sdk.core.request_options import RequestOptions

from mraru.errors import LabelStudioError
from mraru.labelstudio.api.label_studio_client import LabelStudioClient
from mraru.labelstudio.api.label_studio_refusals import told_clearly

logger = logging.getLogger(__name__)

REFRESH_S = 600.0  # between two requests for the names
_SOON: RequestOptions = {"timeout": 5.0, "max_retries": 0}  # seconds; whoever wants figures waits for it


def list_people(client: LabelStudioClient) -> dict[int, str]:
    """Names of the users of the token's organization by their numbers: as they call themselves, else their address.

    Raises:
        LabelStudioError: no answer, or a refusal.
    """
    with told_clearly(client.url, "users"):
        listed = client._sdk.users.list(request_options=_SOON)  # of the same room
    return {
        int(user.id): " ".join(filter(None, [user.first_name, user.last_name])) or user.email or user.username or ""
        for user in listed
        if user.id is not None
    }


class People:
    """The names, asked for now and then; whoever asks meanwhile gets those that are known. Thread-safe."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._refreshing = threading.Lock()
        self._names: dict[str, dict[int, str]] = {}  # by Label Studio's address
        self._asked_at: dict[str, float] = {}

    def names(self, client: LabelStudioClient) -> Mapping[int, str]:
        """Those that Label Studio told last; none where it does not tell. Users without a name are left out."""
        if self._is_due(client.url) and self._refreshing.acquire(blocking=False):
            try:
                self._asked_at[client.url] = self._clock()
                self._names[client.url] = {number: name for number, name in list_people(client).items() if name}
            except LabelStudioError as exc:
                logger.info("the names of annotators are not known: %s", exc, extra={"event": "people_unknown"})
            finally:
                self._refreshing.release()
        return self._names.get(client.url, {})

    def _is_due(self, url: str) -> bool:
        asked_at = self._asked_at.get(url)
        return asked_at is None or abs(self._clock() - asked_at) >= REFRESH_S
