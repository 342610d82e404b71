"""The description of our HTTP interface, `/openapi.json`: made of the classes that are answered, so it stays true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, TypeAdapter

from mraru import __version__
from mraru.reporting.annotator_figures import AnnotatorFigures
from mraru.reporting.audit_figures import AuditFigures
from mraru.reporting.control_figures import ControlFigures
from mraru.reporting.round_figures import RoundFigures
from mraru.settings.project_fields import ProjectSetting
from mraru.web.api.control_routes import SettingsBody
from mraru.web.api.definition_routes import AcceptBody, DraftBody, EditedBody
from mraru.web.api.paging import PageQuery, ScoredPageQuery
from mraru.web.labelstudio_api.request_schemas import PredictBody, SetupBody, WebhookBody
from mraru.web.monitoring.readiness import Readiness
from mraru.web.request_bodies import LARGEST_NUMBER

OPENAPI_URL = "/openapi.json"
SCHEMAS = "#/components/schemas/"
JSON = "application/json"
OBJECT: Mapping[str, Any] = {"type": "object"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one address."""

    method: str
    path: str  # as OpenAPI spells it
    summary: str
    body: type[BaseModel] | None = None
    answer: object = None  # a class, or a JSON schema; None: an object
    status: int = 200
    content_type: str = JSON
    must_say_json: bool = False  # a body of any shape, said to be JSON
    query: type[BaseModel] | None = None  # what may or must stand behind the question mark
    also: Mapping[int, tuple[str, object]] = field(default_factory=dict)  # other statuses: why, and what is answered


def _listed(name: str, item: Mapping[str, Any] = OBJECT) -> dict[str, Any]:
    """An object that holds a list."""
    return {"type": "object", "required": [name], "properties": {name: {"type": "array", "items": dict(item)}}}


def _paged(name: str, item: Mapping[str, Any] = OBJECT) -> dict[str, Any]:
    """A page of a long list."""
    page = _listed(name, item)
    rest = {"n_total": {"type": "integer", "minimum": 0}, "next": {"type": ["string", "null"]}}
    return {**page, "required": [name, *rest], "properties": {**page["properties"], **rest}}


def _said(*names: str) -> dict[str, Any]:
    """An object of words."""
    return {"type": "object", "required": list(names), "properties": {name: {"type": "string"} for name in names}}


ONE = "/api/projects/{project_id}"
DRAFTS = f"{ONE}/definition-drafts"
RESULTS = {**_listed("results"), "required": ["results", "model_version"]}
OPERATIONS = (
    Operation(method="get", path="/", summary="As /health; browsers are sent to the dashboard", answer=_said("status")),
    Operation(
        method="get",
        path="/health",
        summary="Whether the backend is up",
        answer=_said("status", "model_class", "version"),
    ),
    Operation(
        method="get",
        path="/ready",
        summary="Whether store, worker, disk and Label Studio are as they must be",
        answer=Readiness,
        also={503: ("something is not, and which", Readiness)},
    ),
    Operation(
        method="post",
        path="/setup",
        summary="Label Studio says what a project is like",
        body=SetupBody,
        answer=_said("model_version"),
    ),
    Operation(method="post", path="/predict", summary="The likeliest label of tasks", body=PredictBody, answer=RESULTS),
    Operation(
        method="post",
        path="/webhook",
        summary="Label Studio says what happened",
        body=WebhookBody,
        answer=_said("status"),
        status=201,
        also={200: ("ignored: the project is not connected", _said("status", "detail"))},
    ),
    Operation(method="get", path="/versions", summary="What is served", answer=_listed("versions", {"type": "string"})),
    Operation(method="get", path="/api/projects", summary="All projects and teachers", answer=_listed("projects")),
    Operation(method="get", path=ONE, summary="The state and the figures of a project"),
    Operation(
        method="get",
        path=f"{ONE}/rounds",
        summary="The rounds of a project, page by page",
        query=PageQuery,
        answer=_paged("rounds", {"$ref": f"{SCHEMAS}RoundFigures"}),
    ),
    Operation(
        method="get",
        path=f"{ONE}/rounds/{{number}}/visits",
        summary="The visits of a round, page by page; a text may be visited in several passes",
        query=PageQuery,
        answer=_paged("visits"),
    ),
    Operation(method="get", path=f"{ONE}/audit", summary="How many labels are right", answer=AuditFigures),
    Operation(
        method="get",
        path=f"{ONE}/disagreements",
        summary="Texts on which LLM and student differ, page by page",
        query=ScoredPageQuery,
        answer=_paged("disagreements"),
    ),
    Operation(method="get", path=f"{ONE}/annotators", summary="How people agree", answer=AnnotatorFigures),
    *(
        Operation(method="post", path=f"{ONE}/{name}", summary=summary, answer=ControlFigures, must_say_json=True)
        for name, summary in (
            ("start", "Begin or go on with the rounds"),
            ("pause", "Begin no call any more"),
            ("round", "One round, then pause"),
        )
    ),
    Operation(
        method="get",
        path=f"{ONE}/settings",
        summary="The settings of a project",
        answer=_listed("settings", {"$ref": f"{SCHEMAS}ProjectSetting"}),
    ),
    Operation(
        method="patch",
        path=f"{ONE}/settings",
        summary="Change settings, or give them back to the server",
        body=SettingsBody,
        answer=_listed("settings", {"$ref": f"{SCHEMAS}ProjectSetting"}),
    ),
    Operation(
        method="get", path=f"{ONE}/corrected-classes", summary="Classes that are corrected", answer=_listed("classes")
    ),
    Operation(method="get", path=DRAFTS, summary="Drafts of definitions", answer=_listed("drafts")),
    Operation(
        method="get",
        path=f"{DRAFTS}/cost",
        summary="The most that a draft can cost",
        query=DraftBody,
    ),
    Operation(method="post", path=DRAFTS, summary="Have a definition drafted", body=DraftBody, status=202),
    Operation(method="post", path=f"{DRAFTS}/try", summary="Try a definition", body=EditedBody, status=202),
    Operation(method="post", path=f"{DRAFTS}/accept", summary="Take a definition", body=AcceptBody),
    Operation(method="post", path=f"{DRAFTS}/dismiss", summary="Forget a draft", body=DraftBody),
    *(
        Operation(method="get", path=f"{ONE}/{name}", summary=summary, content_type=content_type)
        for name, summary, content_type in (
            ("report.html", "The report", "text/html"),
            ("labels.csv", "All labels", "text/csv"),
            ("labels.jsonl", "All labels", "application/jsonl"),
            ("ledger.csv", "All calls", "text/csv"),
            ("ledger.jsonl", "All calls", "application/jsonl"),
        )
    ),
    Operation(method="get", path="/metrics", summary="Figures for Prometheus", content_type="text/plain"),
    Operation(method="get", path=OPENAPI_URL, summary="This description"),
)


def make_openapi_blueprint() -> Blueprint:
    blueprint = Blueprint("openapi", __name__)
    described = describe_interface()

    @blueprint.get(OPENAPI_URL)
    def show_description() -> ResponseReturnValue:
        return described

    return blueprint


@cache
def describe_interface() -> dict[str, Any]:
    """The whole interface by OpenAPI 3.1; the dashboard's own requests are no part of it."""
    schemas: dict[str, Any] = {"Error": _said("error")}
    _add_schema(schemas, ProjectSetting)
    _add_schema(schemas, RoundFigures)
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _describe(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "M-RARU for Label Studio", "version": __version__},
        "security": [{"basic": []}, {}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"basic": {"type": "http", "scheme": "basic"}},
        },
    }


def _describe(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    answer = _refer(operation.answer, schemas)
    if operation.content_type != JSON:
        answer = {"type": "string"}
    described: dict[str, Any] = {
        "summary": operation.summary,
        "tags": [_find_tag(operation.path)],
        "responses": {
            str(operation.status): {
                "description": "as asked",
                "content": {operation.content_type: {"schema": answer}},
            },
            "default": {
                "description": "what is wrong, in words",
                "content": {JSON: {"schema": {"$ref": f"{SCHEMAS}Error"}}},
            },
        },
    }
    for status, (why, other) in operation.also.items():
        described["responses"][str(status)] = {
            "description": why,
            "content": {JSON: {"schema": _refer(other, schemas)}},
        }
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": _number()}
        for name in ("project_id", "number")
        if f"{{{name}}}" in operation.path
    ]
    if operation.query is not None:
        parameters += _describe_query(operation.query)
    if parameters:
        described["parameters"] = parameters
    if operation.body is not None or operation.must_say_json:
        schema = _refer(operation.body, schemas)
        described["requestBody"] = {"required": True, "content": {JSON: {"schema": schema}}}
    return described


def _find_tag(path: str) -> str:
    """Under which heading an operation is shown.

    >>> _find_tag("/predict"), _find_tag("/api/projects/{project_id}/audit"), _find_tag("/metrics")
    ('Label Studio', 'Projects', 'Operation')
    """
    if path in ("/setup", "/predict", "/webhook", "/versions"):
        return "Label Studio"
    return "Projects" if path.startswith("/api/") else "Operation"


def _describe_query(kind: type[BaseModel]) -> list[dict[str, Any]]:
    described = kind.model_json_schema()
    return [
        {
            "name": name,
            "in": "query",
            "required": name in described.get("required", ()),
            "schema": {key: value for key, value in schema.items() if key != "title" and value is not None},
        }
        for name, schema in described["properties"].items()
    ]


def _number() -> dict[str, Any]:
    return {"type": "integer", "minimum": 0, "maximum": LARGEST_NUMBER}


def _refer(kind: object, schemas: dict[str, Any]) -> dict[str, Any]:
    """A JSON schema, or the reference to that of a class."""
    if kind is None:
        return dict(OBJECT)
    if isinstance(kind, Mapping):
        return dict(kind)
    assert isinstance(kind, type)
    return _add_schema(schemas, kind)


def _add_schema(schemas: dict[str, Any], kind: type) -> dict[str, Any]:
    mode: Literal["validation", "serialization"] = "validation" if issubclass(kind, BaseModel) else "serialization"
    schema = TypeAdapter(kind).json_schema(by_alias=True, ref_template=f"{SCHEMAS}{{model}}", mode=mode)
    schemas.update(schema.pop("$defs", {}))
    schemas[kind.__name__] = schema
    return {"$ref": f"{SCHEMAS}{kind.__name__}"}
