"""Gunicorn's own lines in the format of ours."""

from __future__ import annotations

import logging
import os

from gunicorn.glogging import Logger

from mraru.cli.logs import JSON, make_formatter

LOG_FORMAT = "MRARU_LOG_FORMAT"  # in the environment: handed on by `mraru serve`, which has read the settings


class GunicornLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """As gunicorn's, unless JSON is asked for."""

    def setup(self, cfg: object) -> None:
        super().setup(cfg)
        if os.environ.get(LOG_FORMAT) == JSON:
            for handler in self.error_log.handlers:
                handler.setFormatter(make_formatter(JSON))
            logging.captureWarnings(True)
