"""One request to Label Studio's API where the SDK has no method for it."""

from __future__ import annotations

from collections.abc import Mapping

from label_studio_sdk import LabelStudio
from label_studio_sdk.core.request_options import RequestOptions

from mraru.labelstudio.api.label_studio_refusals import describe_refusal, told_clearly

ONCE: RequestOptions = {"max_retries": 0}  # the SDK would send a POST again after a 5xx: doubles


class Calls:
    """Requests with the SDK's address and token."""

    url: str
    _sdk: LabelStudio

    def _call(
        self,
        method: str,
        path: str,
        subject: str,
        body: Mapping[str, object] | None = None,
        query: Mapping[str, object] | None = None,
    ) -> object:
        """The answer's JSON; None where it has none.

        Raises:
            LabelStudioUnreachable: no answer.
            LabelStudioRefused: an answer that is no success.
        """
        with told_clearly(self.url, subject):
            answer = self._sdk._client_wrapper.httpx_client.request(
                path, method=method, json=body, params=dict(query) if query else None, request_options=ONCE
            )
            if not answer.is_success:
                raise describe_refusal(self.url, answer.status_code, answer.text, subject)
            return answer.json() if answer.content else None
