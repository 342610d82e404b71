"""`/api/docs`: our HTTP interface as pages that people read and try it on, drawn by Swagger UI from `/openapi.json`.

Swagger UI comes with the package flask-openapi3-swagger, of which nothing but these files is used: nothing is loaded
from another host. The description stays ours (`openapi`), since a test sends requests by it to every route.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from flask import Blueprint, Response, render_template, send_from_directory

from mraru.web.api.openapi import OPENAPI_URL

DOCS_URL = "/api/docs"
SWAGGER_PACKAGE = "flask_openapi3_swagger"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
FILES = {"swagger-ui.css": "css", "swagger-ui-bundle.js": "js"}  # and the folder of each
START = f'SwaggerUIBundle({{url: "{OPENAPI_URL}", dom_id: "#interface", deepLinking: true, validatorUrl: null}});\n'


def make_interface_docs_blueprint() -> Blueprint:
    blueprint = Blueprint("interface_docs", __name__)
    folder = _find_swagger()

    @blueprint.get(DOCS_URL)
    def show_page() -> Response:
        page = render_template("interface_docs.html", docs_url=DOCS_URL)
        return Response(page, mimetype="text/html", headers={"Content-Security-Policy": POLICY})

    @blueprint.get(f"{DOCS_URL}/start.js")
    def send_start() -> Response:
        return Response(START, mimetype="text/javascript")

    @blueprint.get(f"{DOCS_URL}/<any({', '.join(map(repr, FILES))}):name>")
    def send_file(name: str) -> Response:
        return send_from_directory(folder / FILES[name], name, max_age=3600)

    return blueprint


def _find_swagger() -> Path:
    """Where the package's files are; it is not imported, since that would bring its framework too."""
    spec = find_spec(SWAGGER_PACKAGE)
    assert spec is not None  # a dependency of this package
    assert spec.submodule_search_locations
    return Path(next(iter(spec.submodule_search_locations))) / "templates" / "swagger"
