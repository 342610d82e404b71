"""One request for a file behind an address, to Label Studio alone, with its token.

A name in a storage (`s3://...`) is resolved by Label Studio, which hands the file out itself or answers with an address
that the storage has signed. That one hop leads to another host; it is made with a client of its own that knows neither
token nor cookies, and what answers there leads nowhere else. No other redirect leaves Label Studio: tasks' data is
written by whoever imports tasks, and must not choose whom this backend asks.
"""

from __future__ import annotations

import mimetypes
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus

import httpx

from mraru.labelstudio.api.label_studio_refusals import describe_refusal, is_passing
from mraru.labelstudio.api.token_renewal import known_certificates
from mraru.labelstudio.texts.file_content import decode_file
from mraru.labelstudio.texts.text_addresses import find_address, is_in_storage, name_file, to_path
from mraru.records import TextFault

LONGEST_FETCH_S = 60.0  # seconds for one file, however slowly its server hands it out
MOST_REDIRECTS = 3  # within Label Studio, such as to https
CHUNK = 65_536  # bytes
OVERLOADED = frozenset({429, 502, 503, 504})  # says nothing of this file
HTML = "text/html"
NO_UPLOAD = b"'NoneType' object has no attribute 'has_permission'"  # so Label Studio 1.23 says, with 500
NOT_SERVED = b"LOCAL_FILES_SERVING_ENABLED"  # in its 403 about local files


class FileNotRead(Exception):
    """A file that could not be had; why, and whether anything of Label Studio's answered at all."""

    def __init__(self, fault: TextFault, *, is_silent: bool = False) -> None:
        super().__init__(fault)
        self.fault = fault
        self.is_silent = is_silent


class FileRequests:
    """Files of one Label Studio, read piece by piece up to a size. Thread-safe."""

    def __init__(
        self,
        url: str,
        http: httpx.Client,
        make_headers: Callable[[], Mapping[str, str]],
        *,
        timeout_s: float,
        max_bytes: int,
    ) -> None:
        """Ask nothing yet.

        Args:
            url: Label Studio's address, without a slash at its end.
            http: sends what goes to Label Studio.
            make_headers: gives those of a request to it, the token included.
            timeout_s: seconds without a byte.
            max_bytes: of a file, unpacked.
        """
        self._url = httpx.URL(url)
        self._base = url
        self._http = http
        self._make_headers = make_headers
        self._timeout_s = timeout_s
        self._max_bytes = max_bytes
        self._storages = httpx.Client(verify=known_certificates(), timeout=timeout_s, follow_redirects=False)

    def close(self) -> None:
        self._storages.close()

    def read(self, address: str, task_id: int) -> str:
        """The characters of a file.

        Raises:
            FileNotRead: there is none that can be used, or not now.
            LabelStudioRefused: the token is not accepted.
        """
        try:
            with self._open(address, task_id) as response:
                content = self._read_bytes(response)
        except httpx.TransportError as exc:
            raise FileNotRead(TextFault.NOT_FETCHED, is_silent=True) from exc
        except httpx.InvalidURL as exc:
            raise FileNotRead(TextFault.NO_FILE) from exc
        except zlib.error as exc:
            raise FileNotRead(TextFault.NOT_DECODED) from exc
        text = decode_file(content, response.charset_encoding)
        if text is None:
            raise FileNotRead(TextFault.NOT_DECODED)
        return text

    @contextmanager
    def _open(self, address: str, task_id: int) -> Iterator[httpx.Response]:
        """The answer that holds the file, its body still to come."""
        response = self._ask(httpx.URL(self._base + to_path(address, task_id)))
        try:
            for _ in range(MOST_REDIRECTS):
                if not response.is_redirect or response.next_request is None:
                    break
                response.close()
                response = self._follow(address, response.next_request.url)
            self._check(response, address)
            yield response
        finally:
            response.close()

    def _ask(self, url: httpx.URL) -> httpx.Response:
        headers = {**self._make_headers(), "Accept": "*/*", "Accept-Encoding": "gzip"}
        request = self._http.build_request("GET", url, headers=headers, timeout=self._timeout_s)
        return self._http.send(request, stream=True, follow_redirects=False)

    def _follow(self, address: str, target: httpx.URL) -> httpx.Response:
        """What stands where Label Studio sends to.

        Raises:
            FileNotRead: that is no file of Label Studio's, and no storage that it resolved.
        """
        if self._is_label_studio(target):
            if isinstance(find_address(str(target)), TextFault):
                raise FileNotRead(TextFault.PAGE)
            return self._ask(target)
        if not is_in_storage(address) or target.scheme not in ("http", "https"):
            raise FileNotRead(TextFault.PAGE)
        response = self._storages.send(
            self._storages.build_request("GET", target, headers={"Accept-Encoding": "gzip"}), stream=True
        )
        if response.is_redirect:
            response.close()
            raise FileNotRead(TextFault.NOT_ALLOWED)
        return response

    def _is_label_studio(self, target: httpx.URL) -> bool:
        """Whether an address is Label Studio's own, or becomes it by https: whoever may have the token."""
        if target.host != self._url.host:
            return False
        is_upgrade = (self._url.scheme, target.scheme) == ("http", "https") and self._url.port is target.port is None
        return (target.scheme, target.port) == (self._url.scheme, self._url.port) or is_upgrade

    def _check(self, response: httpx.Response, address: str) -> None:
        """See that an answer holds a file.

        Raises:
            FileNotRead: it does not.
            LabelStudioRefused: Label Studio does not accept the token.
        """
        status, is_own = response.status_code, self._is_label_studio(response.url)
        if status == HTTPStatus.UNAUTHORIZED and is_own:
            raise describe_refusal(self._base, status, "", "a file that a task names")
        if status in (HTTPStatus.FORBIDDEN, HTTPStatus.INTERNAL_SERVER_ERROR) and is_own:
            said = self._read_bytes(response)
            if NOT_SERVED in said:
                raise FileNotRead(TextFault.NOT_SERVED)
            if NO_UPLOAD in said:
                raise FileNotRead(TextFault.NO_FILE)
        if is_passing(status) or status == HTTPStatus.FAILED_DEPENDENCY:
            raise FileNotRead(TextFault.NOT_FETCHED, is_silent=status in OVERLOADED)
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise FileNotRead(TextFault.NOT_ALLOWED)
        if status != HTTPStatus.OK:
            raise FileNotRead(TextFault.PAGE if response.is_redirect else TextFault.NO_FILE)
        if _is_foreign_page(response.headers.get("Content-Type", ""), address):
            raise FileNotRead(TextFault.PAGE)

    def _read_bytes(self, response: httpx.Response) -> bytes:
        """The body, unpacked, as far as it may be held.

        Raises:
            FileNotRead: it is larger, comes too slowly, or is packed in another way than was asked for.
        """
        packed = response.headers.get("Content-Encoding", "identity").lower()
        if packed not in ("identity", "gzip", ""):
            raise FileNotRead(TextFault.NOT_DECODED)
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32) if packed == "gzip" else None
        ends_at = time.monotonic() + LONGEST_FETCH_S
        content = bytearray()
        for chunk in response.iter_raw(CHUNK):
            left = self._max_bytes - len(content)
            content += unpacker.decompress(chunk, left + 1) if unpacker else chunk
            if len(content) > self._max_bytes:
                raise FileNotRead(TextFault.TOO_LARGE)
            if time.monotonic() > ends_at:
                raise FileNotRead(TextFault.NOT_FETCHED, is_silent=True)
        return bytes(content)


def _is_foreign_page(content_type: str, address: str) -> bool:
    """Whether a file of this name would not have been called HTML; without an ending, a storage may say anything.

    >>> _is_foreign_page("text/html; charset=utf-8", "/data/upload/3/ab12-a.txt")
    True
    >>> _is_foreign_page("text/html", "/data/upload/3/ab12-a.html"), _is_foreign_page("text/html", "s3://bucket/page")
    (False, False)
    """
    if content_type.partition(";")[0].strip().lower() != HTML:
        return False
    guessed, _ = mimetypes.guess_type(name_file(address))
    return guessed != HTML and not (guessed is None and is_in_storage(address))
