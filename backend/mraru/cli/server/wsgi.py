"""Puts web server and queue together; what gunicorn loads."""

from __future__ import annotations

from flask import Flask

from mraru.bootstrap import Services
from mraru.bootstrap.warm_up import import_late_parts
from mraru.cli.logs import configure_logging
from mraru.settings import Settings, load_settings
from mraru.web.flask_app import create_app
from mraru.worker.jobs import Jobs


def make_app(settings: Settings | None = None) -> Flask:
    """The application over the settings of the environment.

    Raises:
        SettingsError: a setting is missing or wrong.
        StoreError: MODEL_DIR cannot be used.
    """
    settings = settings or load_settings()
    configure_logging(settings.log_level, settings.log_format)
    import_late_parts()
    services = Services(settings)
    return create_app(services, Jobs(services).wake)
