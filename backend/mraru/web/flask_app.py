"""The Flask application, made by a factory."""

from __future__ import annotations

import logging
from collections.abc import Callable

from flask import Flask, Response, jsonify
from flask.typing import ResponseReturnValue
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from mraru.bootstrap import Services
from mraru.errors import MRaruError, StoreFault
from mraru.web.api.annotator_routes import make_annotators_blueprint
from mraru.web.api.control_routes import make_controls_blueprint
from mraru.web.api.definition_routes import make_definitions_blueprint
from mraru.web.api.download_routes import make_downloads_blueprint
from mraru.web.api.interface_docs import make_interface_docs_blueprint
from mraru.web.api.openapi import make_openapi_blueprint
from mraru.web.api.project_routes import make_projects_blueprint
from mraru.web.auth import Gate
from mraru.web.dashboard.mounting import mount_dashboard
from mraru.web.failure_answers import RETRY_AFTER_S, describe_bad_body, find_status
from mraru.web.hosts import make_host_check
from mraru.web.labelstudio_api.protocol_routes import make_protocol_blueprint
from mraru.web.monitoring.metrics import make_metrics_blueprint
from mraru.web.monitoring.readiness import make_readiness_blueprint
from mraru.web.monitoring.request_record import RequestRecord
from mraru.web.request_bodies import read_body
from mraru.web.same_origin import refuse_cross_site

logger = logging.getLogger(__name__)

LARGEST_BODY_BYTES = 64 * 1024**2  # Label Studio sends at most a page of tasks at once


def create_app(services: Services, wake: Callable[[int], None]) -> Flask:
    """Make the application.

    Args:
        wake: has the worker look at a project; must return at once.
    """
    app = Flask("mraru", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # labels stay in the config's order
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY_BYTES
    record = RequestRecord(has_access_log=services.settings.access_log)
    record.watch(app)
    app.before_request(make_host_check(services.settings))
    app.before_request(Gate(services.settings, services.webhook_secret).check)
    app.before_request(refuse_cross_site)
    app.before_request(read_body)
    app.register_blueprint(make_protocol_blueprint(services, wake))
    app.register_blueprint(make_projects_blueprint(services))
    app.register_blueprint(make_annotators_blueprint(services))
    app.register_blueprint(make_controls_blueprint(services, wake))
    app.register_blueprint(make_definitions_blueprint(services, wake))
    app.register_blueprint(make_downloads_blueprint(services))
    app.register_blueprint(make_metrics_blueprint(services, record.registry))
    app.register_blueprint(make_readiness_blueprint(services))
    app.register_blueprint(make_openapi_blueprint())
    app.register_blueprint(make_interface_docs_blueprint())
    mount_dashboard(app, services, wake)
    app.after_request(_add_headers)
    app.register_error_handler(HTTPException, _answer_http_error)
    app.register_error_handler(ValidationError, _answer_bad_body)
    app.register_error_handler(RecursionError, _answer_deep_body)
    app.register_error_handler(MRaruError, _answer_our_error)
    app.register_error_handler(Exception, _answer_unexpected)
    return app


def _add_headers(response: Response) -> Response:
    """What holds for every answer; the dashboard's pages bring a policy of their own."""
    response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _answer_http_error(exc: HTTPException) -> ResponseReturnValue:
    response = jsonify(error=exc.description or exc.name)
    response.status_code = exc.code or 500
    for name, value in exc.get_headers():
        if name.lower() in ("www-authenticate", "allow", "retry-after"):
            response.headers[name] = value
    return response


def _answer_bad_body(exc: ValidationError) -> ResponseReturnValue:
    return jsonify(error=describe_bad_body(exc)), 400


def _answer_deep_body(exc: RecursionError) -> ResponseReturnValue:
    logger.warning("a request was refused: %s", exc, extra={"event": "request_too_deep"})
    return jsonify(error="The body is nested too deeply."), 400


def _answer_our_error(exc: MRaruError) -> ResponseReturnValue:
    status = find_status(exc)
    if status == 500 or isinstance(exc, StoreFault):
        logger.error("request failed: %s", exc, extra={"event": "request_failed"})
    response: Response = jsonify(error=str(exc))
    response.status_code = status
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def _answer_unexpected(exc: Exception) -> ResponseReturnValue:
    logger.error("request failed", exc_info=exc, extra={"event": "request_failed"})
    return jsonify(error="Something went wrong here: the backend's log says what."), 500
