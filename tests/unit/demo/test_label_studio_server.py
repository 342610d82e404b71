from __future__ import annotations

import socket
import stat
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from mraru.demo.label_studio_server import START_TIMEOUT_S, LabelStudioServer, free_port
from mraru.errors import DemoError


def make_command(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(script if script.startswith("#!") else f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_a_port_in_use_is_not_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) != port
    assert free_port(port) == port


def test_an_early_end_is_told_with_the_end_of_the_log(tmp_path: Path) -> None:
    broken = make_command(tmp_path / "label-studio", "echo the database is broken; exit 3")
    with (
        pytest.raises(DemoError, match=r"ended with 3(.|\n)*the database is broken"),
        LabelStudioServer(broken, tmp_path / "folder", free_port(0)),
    ):
        pytest.fail("it never came up")


def test_a_command_that_cannot_be_run_is_told(tmp_path: Path) -> None:
    moved = make_command(tmp_path / "label-studio", "#!/nowhere/python\n")
    with pytest.raises(DemoError, match="cannot be started"), LabelStudioServer(moved, tmp_path / "own", free_port(0)):
        pytest.fail("it never came up")


# Answers /health as it should from the sixth request on; the log has a line for each.
SLOW = f"""#!{sys.executable}
import http.server, sys
class Slow(http.server.BaseHTTPRequestHandler):
    n = 0
    def do_GET(self):
        Slow.n += 1
        self.send_response(503 if Slow.n < 6 else 200, f"migration {{Slow.n}}")
        self.end_headers()
    def log_message(self, *_):
        print(f"migration {{Slow.n}}", file=sys.stderr, flush=True)
print(f"Starting development server at http://127.0.0.1:{{sys.argv[-1]}}/", flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[-1])), Slow).serve_forever()
"""

# As Label Studio does where its port is taken by then: it takes the next.
MOVED = f"""#!{sys.executable}
import http.server, sys
class Own(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Own)
print(f"* Port {{sys.argv[-1]}} is in use.", flush=True)
print(f"Starting development server at http://127.0.0.1:{{server.server_port}}/", flush=True)
server.serve_forever()
"""


def test_what_answers_at_a_port_that_somebody_else_took_meanwhile_is_not_taken_for_ours(tmp_path: Path) -> None:
    port = free_port(0)
    executable = make_command(tmp_path / "label-studio", MOVED)
    server = LabelStudioServer(executable, tmp_path / "folder", port)
    asked: list[str] = []

    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

    with HTTPServer(("127.0.0.1", port), Other) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        with server:
            assert server.port != port
            assert server.url == f"http://127.0.0.1:{server.port}"
        other.shutdown()
    assert asked == []


def test_a_slow_start_is_waited_for_and_shown_while_something_is_logged(tmp_path: Path) -> None:
    def clock() -> float:  # most of what silence may last passes with each line
        return 0.9 * START_TIMEOUT_S * len(server.log_path.read_text().splitlines())

    shown: list[str] = []
    executable = make_command(tmp_path / "label-studio", SLOW)
    server = LabelStudioServer(executable, tmp_path / "folder", free_port(0), on_line=shown.append, clock=clock)
    with server:
        assert "migration 5" in shown


def test_silence_ends_the_wait(tmp_path: Path) -> None:
    moments = iter((0.0, START_TIMEOUT_S - 1, START_TIMEOUT_S, START_TIMEOUT_S, START_TIMEOUT_S))
    silent = make_command(tmp_path / "label-studio", "exec sleep 1000")
    server = LabelStudioServer(silent, tmp_path / "folder", free_port(0), clock=lambda: next(moments))
    with pytest.raises(DemoError, match="wrote nothing for 600 s"), server:
        pytest.fail("it never came up")


def test_what_is_meant_for_the_backend_does_not_reach_label_studio(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "a-token")
    monkeypatch.setenv("PORT", "9090")
    printing = make_command(tmp_path / "label-studio", "env; exit 1")
    server = LabelStudioServer(printing, tmp_path / "folder", free_port(0), allow_local_addresses=False)
    with pytest.raises(DemoError), server:
        pytest.fail("it never came up")
    printed = server.log_path.read_text()
    assert "COLLECT_ANALYTICS=false" in printed
    assert f"LABEL_STUDIO_BASE_DATA_DIR={tmp_path / 'folder'}" in printed
    assert "a-token" not in printed
    assert "9090" not in printed
    assert "SSRF_PROTECTION_ENABLED" not in printed


def test_stopping_ends_the_children_too(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        held_port = probe.getsockname()[1]
    # Answers /health with a file of that name; its child holds a port of its own.
    program = f"""#!{sys.executable}
import http.server, os, pathlib, signal, socket, sys
held = socket.create_server(("127.0.0.1", {held_port}))
if os.fork() == 0:
    signal.pause()
pathlib.Path("health").touch()
address = ("127.0.0.1", int(sys.argv[-1]))
print(f"Starting development server at http://127.0.0.1:{{sys.argv[-1]}}/", flush=True)
http.server.HTTPServer(address, http.server.SimpleHTTPRequestHandler).serve_forever()
"""
    executable = make_command(tmp_path / "label-studio", program)
    with LabelStudioServer(executable, tmp_path / "folder", free_port(0)):
        assert free_port(held_port) != held_port
    assert free_port(held_port) == held_port
