"""Where label-studio-ml's `start` and gunicorn look for the app: `app`, or this file run with their flags."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from mraru.cli.server.serve import check_settings, serve_backend
from mraru.cli.server.wsgi import make_app
from mraru.errors import MRaruError
from mraru.settings import load_settings


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """The flags that label-studio-ml's `start` passes."""
    parser = argparse.ArgumentParser(description="Label Studio ML backend with M-RARU")
    parser.add_argument("-p", "--port", help="port to listen on")
    parser.add_argument("--host", help="address to listen on")
    parser.add_argument("--kwargs", "--with", dest="kwargs", metavar="KEY=VALUE", nargs="+", default=[])
    parser.add_argument("-d", "--debug", action="store_true", help="log everything")
    parser.add_argument("--log-level", choices=["DEBUG", "INFO", "WARNING", "ERROR"])
    parser.add_argument("--model-dir", help="folder for the store and the saved students")
    parser.add_argument("--check", action="store_true", help="check the settings and exit")
    parser.add_argument("--basic-auth-user")
    parser.add_argument("--basic-auth-pass")
    return parser.parse_args(arguments)


def environment_of(arguments: argparse.Namespace) -> dict[str, str]:
    """The settings that the flags stand for; `--kwargs` sets any setting of ours by its name."""
    given: dict[str, Any] = {
        "PORT": arguments.port,
        "MRARU_HOST": arguments.host,
        "LOG_LEVEL": "DEBUG" if arguments.debug else arguments.log_level,
        "MODEL_DIR": arguments.model_dir,
        "BASIC_AUTH_USER": arguments.basic_auth_user,
        "BASIC_AUTH_PASS": arguments.basic_auth_pass,
    }
    for pair in arguments.kwargs:
        name, _, value = pair.partition("=")
        given[f"MRARU_{name.upper()}"] = value
    return {name: value for name, value in given.items() if value is not None}


def main(arguments: list[str]) -> int:
    """Serve with these flags, web server and worker; the processes read them from the environment."""
    parsed = parse_arguments(arguments)
    os.environ.update(environment_of(parsed))
    try:
        settings = load_settings()
        if parsed.check:
            check_settings(settings)
            return 0
        return serve_backend(settings)
    except MRaruError as exc:
        sys.stderr.write(f"mraru: {exc}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
else:
    app = make_app()
