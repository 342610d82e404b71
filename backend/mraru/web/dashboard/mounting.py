"""Puts the dashboard on the application, under the same login, with nothing from another host."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from dash import Dash
from dash.exceptions import DependencyException
from flask import Flask, Response, request

from mraru.bootstrap import Services
from mraru.web.dashboard.addresses import ROOT, parse_address
from mraru.web.dashboard.callbacks import register_callbacks
from mraru.web.dashboard.shell import PRODUCT, fill_index, make_shell, spell_title
from mraru.web.dashboard.update_bodies import answer_missing_suite, make_update_check

ASSETS = Path(__file__).parent / "assets"
VERSION_URL = re.compile(r'"dash_version_url":"[^"]*"')  # where dash would have browsers ask for its newest version


class Dashboard(Dash):
    """A `Dash` whose document says its language and, from the first moment, its title."""

    services: Services

    def interpolate_index(self, **parts: str) -> str:  # type: ignore[override]
        address = parse_address(request.path)
        project = self.services.store.projects.get(address.project_id) if address.project_id is not None else None
        parts["title"] = spell_title(address, project.title if project is not None else None)
        parts["config"] = VERSION_URL.sub('"dash_version_url":""', parts["config"])
        return fill_index(**parts)


def mount_dashboard(app: Flask, services: Services, wake: Callable[[int], None]) -> Dashboard:
    """Add the dashboard's routes to the application.

    Args:
        wake: has the worker look at a project; must return at once.
    """
    dashboard = Dashboard(
        __name__,
        server=app,  # type: ignore[arg-type]
        url_base_pathname=ROOT,
        assets_folder=str(ASSETS),
        serve_locally=True,
        title=PRODUCT,
        update_title="",
        suppress_callback_exceptions=True,  # pages bring their own elements
        add_log_handler=False,
        enable_mcp=False,
    )
    dashboard.enable_dev_tools(debug=False, dev_tools_disable_version_check=True)
    dashboard.services = services
    dashboard.layout = make_shell
    register_callbacks(dashboard, services, wake)
    policy = _content_policy(dashboard)
    app.before_request(make_update_check(dashboard, f"{ROOT}_dash-update-component"))
    app.register_error_handler(DependencyException, answer_missing_suite)

    @app.after_request
    def _add_policy(response: Response) -> Response:
        if request.path.startswith(ROOT):
            response.headers["Content-Security-Policy"] = policy
        return response

    return dashboard


def _content_policy(dashboard: Dashboard) -> str:
    """What browsers let the pages load: their own scripts and styles; no other site may frame them."""
    scripts = " ".join(["'self'", *dashboard.csp_hashes()])
    return (
        f"default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
