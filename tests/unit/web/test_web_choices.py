"""Label Studio's requests about a project in which people chose a question and texts."""

from __future__ import annotations

from flask.testing import FlaskClient

from fakes.embedders import CountingEmbedder
from fakes.services import LABELS, ServeStudent
from mraru.bootstrap import Services
from mraru.schema_records import ConfigSelection

CHOICES = "".join(f'<Choice value="{label}"/>' for label in LABELS)
CONFIG = (
    '<View><Text name="text" value="$text"/><Text name="title" value="$title"/>'
    f'<Choices name="label" toName="text">{CHOICES}</Choices><Choices name="other" toName="title">{CHOICES}</Choices>'
    "</View>"
)
SETUP = {"project": "1.5", "schema": CONFIG, "hostname": "http://localhost:8080", "access_token": "a-token"}
TASK = {"id": 7, "data": {"text": "late", "title": "The parcel"}}


def test_a_project_is_set_up_with_what_was_chosen_before(client: FlaskClient, services: Services) -> None:
    services.store.project_settings.change(1, {"only": "nothing"})
    refused = client.post("/setup", json=SETUP)
    assert refused.status_code == 400
    assert "named 'nothing', but these are: label, other" in refused.json["error"]
    services.store.project_settings.change(1, {"only": "label", "texts": "title"})
    assert client.post("/setup", json=SETUP).status_code == 200
    project = services.store.projects.get(1)
    assert project is not None
    assert project.selection == ConfigSelection(only="label", texts=("title",))


def test_tasks_are_predicted_by_the_texts_of_the_last_sync(
    client: FlaskClient, services: Services, counting: CountingEmbedder, serve_student: ServeStudent
) -> None:
    services.store.project_settings.change(1, {"only": "other", "texts": "text"})
    client.post("/setup", json=SETUP)
    serve_student(services)
    services.store.project_settings.change(1, {"only": "label"})  # the next sync reads the tasks so
    answer = client.post("/predict", json={"project": "1.5", "label_config": CONFIG, "tasks": [TASK]})
    assert answer.status_code == 200
    (entry,) = answer.json["results"]
    assert (entry["result"][0]["from_name"], entry["result"][0]["to_name"]) == ("other", "title")
    assert counting.embedded == ["title:\nThe parcel\n\ntext:\nlate"]
