"""Label Studio's ML backend protocol, with the shapes of label-studio-ml 2.x, as Label Studio 1.23 speaks it."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from mraru import __version__
from mraru.bootstrap import Services
from mraru.web.auth import carries_secret
from mraru.web.labelstudio_api.protocol_handlers import ProtocolHandlers
from mraru.web.labelstudio_api.request_schemas import PredictBody, SetupBody
from mraru.web.lanes import N_PREDICTING, Places, find_departure
from mraru.web.request_bodies import read_object

MODEL_CLASS = "MRaru"


def make_protocol_blueprint(services: Services, wake: Callable[[int], None]) -> Blueprint:
    """The routes that Label Studio calls."""
    blueprint = Blueprint("protocol", __name__)
    handlers = ProtocolHandlers(services, wake)
    places = Places(N_PREDICTING)

    @blueprint.get("/")
    def root() -> ResponseReturnValue:
        """The dashboard for people; for anything else, what label-studio-ml answers there."""
        return redirect("/dashboard/") if "text/html" in request.accept_mimetypes.values() else health()

    @blueprint.get("/health")
    def health() -> ResponseReturnValue:
        return {"status": "UP", "model_class": MODEL_CLASS, "version": __version__}

    @blueprint.post("/setup")
    def setup() -> ResponseReturnValue:
        body = SetupBody.model_validate(read_object())
        return {"model_version": handlers.set_up(body, request.url_root.rstrip("/"))}

    @blueprint.post("/predict")
    def predict() -> ResponseReturnValue:
        with places.take():
            version, results = handlers.predict(PredictBody.model_validate(read_object()), find_departure())
        return {"results": results, "model_version": version}

    @blueprint.post("/webhook")
    def webhook() -> ResponseReturnValue:
        if handlers.take_event(read_object(), is_trusted=carries_secret(services.webhook_secret)):
            return {"status": "written down"}, 201
        return {"status": "ignored", "detail": "This project is not connected to this backend."}

    @blueprint.get("/versions")
    def versions() -> ResponseReturnValue:
        projects = services.store.projects.list_all()
        return {"versions": sorted({project.served_version for project in projects if project.served_version})}

    return blueprint
