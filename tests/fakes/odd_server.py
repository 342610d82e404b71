"""A small HTTP server in Label Studio's place, and tokens of its kind."""

from __future__ import annotations

import base64
import inspect
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def make_token(kind: str, expires_at: float) -> str:
    """A token of Label Studio's kind, with a void signature."""
    parts = ({"alg": "HS256", "typ": "JWT"}, {"token_type": kind, "exp": int(expires_at)})
    return ".".join(
        [*(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts), "c2ln"]
    )


@contextmanager
def odd_server(answer: Callable[..., tuple[int, str]]) -> Iterator[str]:
    """A server that answers as told, by path and, where it takes two arguments, by what stands in Authorization."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            n_arguments = len(inspect.signature(answer).parameters)
            status, body = answer(*(self.path, self.headers.get("Authorization", ""))[:n_arguments])
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()
