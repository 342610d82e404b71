"""The labels here are those of a simulated teacher, and so are the definitions."""

from __future__ import annotations

import pytest

from fakes.corrected_project import TEXTS, fill
from fakes.services import MakeServices
from mraru.bootstrap import Services
from mraru.errors import NothingToDraft, NothingToMeasure
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.definitions.definition_drafting import DraftPlan, plan_draft, read_corrections
from mraru.projects.definitions.prompt_trial import hold_out
from mraru.projects.learning.labelled_set import read_labelled_set
from mraru.records import Annotation, hash_text
from mraru.store.labels.kept_drafts import DefinitionDraft, DraftStatus


@pytest.fixture
def services(new_services: MakeServices) -> Services:
    services = new_services()
    fill(services)
    return services


def plan(services: Services, label: str) -> DraftPlan:
    project = services.store.projects.get(1)
    assert project is not None
    schema = parse_label_config(project.label_config)
    return plan_draft(services.store, project, schema, label, read_corrections(services.store, 1, schema, "counting"))


def test_the_question_shows_both_sides_of_a_confusion_and_what_was_right(services: Services) -> None:
    services.store.label_definitions.define(1, {"sport": "All that is played."})
    planned = plan(services, "sport")
    asked = planned.question
    assert (planned.contrast, planned.n_corrected) == ("tech", 8)
    assert asked.label.definition == "All that is played."
    assert [(text.said, text.right) for text in asked.texts] == [("sport", "tech")] * 5 + [("sport", "sport")] * 3
    assert [hash_text(text.text) for text in asked.texts] == list(planned.shown)


def test_a_label_that_people_put_in_place_of_another_can_be_defined_too(services: Services) -> None:
    asked = plan(services, "tech").question
    assert (asked.label.value, asked.contrast.value) == ("tech", "sport")
    assert [(text.said, text.right) for text in asked.texts] == [("sport", "tech")] * 5


def test_the_same_corrections_make_the_same_question_and_a_new_definition_another_one(services: Services) -> None:
    first = plan(services, "sport").question.hash
    assert plan(services, "sport").question.hash == first
    services.store.label_definitions.define(1, {"tech": "Chips."})
    assert plan(services, "sport").question.hash != first


def test_without_corrections_of_a_label_there_is_nothing_to_draft_from(services: Services) -> None:
    with pytest.raises(NothingToDraft, match="'food'"):
        plan(services, "food")


def test_what_the_draft_was_made_from_is_not_what_it_is_tried_on(services: Services) -> None:
    planned = plan(services, "sport")
    draft = DefinitionDraft(
        label="sport", definition="Games.", status=DraftStatus.READY, contrast="tech", shown=planned.shown
    )
    project = services.store.projects.get(1)
    assert project is not None
    labelled = read_labelled_set(services.store, 1, parse_label_config(project.label_config))
    held_out = hold_out(services.store, 1, labelled, draft, n_texts=100, seed=0)
    assert held_out.texts.keys() == {hash_text(text) for text in TEXTS} - set(planned.shown)
    assert held_out.gold == {name: text.split()[0] for name, text in held_out.texts.items()}


def test_where_people_labelled_nothing_else_there_is_nothing_to_try_it_on(new_services: MakeServices) -> None:
    services = new_services()
    fill(services, ["tech 1"])
    services.store.annotations.save(1, [Annotation(annotation_id=9, task_id=1, label="tech", lead_time_s=1.0)], 0.0)
    draft = DefinitionDraft(
        label="sport", definition="Games.", status=DraftStatus.READY, shown=plan(services, "sport").shown
    )
    project = services.store.projects.get(1)
    assert project is not None
    labelled = read_labelled_set(services.store, 1, parse_label_config(project.label_config))
    with pytest.raises(NothingToMeasure, match="but those that the definition was drafted from"):
        hold_out(services.store, 1, labelled, draft, n_texts=100, seed=0)
