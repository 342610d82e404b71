from __future__ import annotations

import pytest

from fakes.component_tree import find, find_all, words_of
from fakes.dashboard import CONFIG, LABELS, annotate
from fakes.dashboard_states import PROJECT, STATES
from fakes.services import MakeServices
from mraru.bootstrap import Services
from mraru.records import ProjectDescription
from mraru.store.labels.kept_drafts import DefinitionDraft, DraftStatus, DraftTrial
from mraru.use_cases.definition_controls import DefinitionControls
from mraru.web.dashboard.addresses import Address, PageName
from mraru.web.dashboard.page_view import View
from mraru.web.dashboard.pages.draft_cards import TEXT, draw_drafts, key_of
from mraru.web.dashboard.pages.page_registry import Pages

TRIAL = DraftTrial(
    n_texts=40, n_right_before=28, n_right_after=34, n_mended=7, n_broken=1, p_value=0.07, prompt="as it was tried"
)


@pytest.fixture
def view(filled: Services) -> View:
    found = Pages(filled).view(Address(project_id=3, page=PageName.LABELS))
    assert found is not None
    return found


@pytest.fixture
def controls(filled: Services) -> DefinitionControls:
    return DefinitionControls(filled, lambda project_id: None)


def buttons_of(view: View, controls: DefinitionControls) -> list[str]:
    return [getattr(button, "aria-label") for button in find_all(draw_drafts(view, controls, {}), "Button")]


def test_a_draft_is_shown_with_what_came_of_its_trial(
    filled: Services, view: View, controls: DefinitionControls
) -> None:
    draft = DefinitionDraft(
        label="s", definition="Matches.", status=DraftStatus.TRIED, contrast="Business", model="m", trial=TRIAL
    )
    filled.store.definition_drafts.save(3, draft)
    drawn = draw_drafts(view, controls, {})
    said = words_of(drawn)
    assert (
        "The draft did better. Right on 34 of 40 texts that people labelled, before on 28; 7 corrected, 1 broken"
        in said
    )
    assert "mixed up with Business" in said
    assert find(drawn, {"type": TEXT, "label": key_of("s")}).value == "Matches."
    assert {"Draft anew: Sport", "Try it: Sport", "Accept: Sport", "Dismiss: Sport"} <= set(buttons_of(view, controls))
    assert "Try it: Business" not in buttons_of(view, controls)


def test_where_nobody_drafts_and_nobody_can_try_a_definition_is_written_and_kept(
    new_services: MakeServices,
) -> None:
    services = new_services(openai_api_key=None, openai_base_url=None)
    STATES["running"](services)
    page = Pages(services).view(Address(project_id=PROJECT, page=PageName.LABELS))
    assert page is not None
    controls = DefinitionControls(services, lambda project_id: None)
    pressed = {name.partition(":")[0] for name in buttons_of(page, controls)}
    assert pressed == {"Keep it"}
    said = words_of(draw_drafts(page, controls, {}))
    assert "written and tried by an LLM, and none is set" in said
    assert "mraru labels define" not in said


def test_where_several_labels_may_be_chosen_a_definition_is_written_and_kept(
    filled: Services, controls: DefinitionControls
) -> None:
    projects = filled.store.projects
    known = projects.get(3)
    assert known is not None
    description = ProjectDescription(
        project_id=3,
        title=known.title,
        instruction="",
        label_config=CONFIG.replace("<Choices", '<Choices choice="multiple"'),
        created_at=known.created_at,
        model_version=None,
        sampling="",
    )
    projects.describe(description)
    page = Pages(filled).view(Address(project_id=3, page=PageName.LABELS))
    assert page is not None
    assert {name.partition(":")[0] for name in buttons_of(page, controls)} == {"Keep it"}
    said = words_of(draw_drafts(page, controls, {}))
    assert "Where several labels may be chosen, definitions are not drafted." in said
    assert "often corrected" not in said


def test_a_draft_that_failed_says_why(filled: Services, view: View, controls: DefinitionControls) -> None:
    failed = DefinitionDraft(label="s", definition="", status=DraftStatus.FAILED, reason="the budget is used up")
    filled.store.definition_drafts.save(3, failed)
    assert "It could not be drafted. the budget is used up" in words_of(draw_drafts(view, controls, {}))


def test_what_is_being_typed_stands_before_the_draft_and_the_definition_in_use(
    filled: Services, view: View, controls: DefinitionControls
) -> None:
    filled.store.label_definitions.define(3, {"Business": "Firms.", "Politics": "Votes."})
    drawn = draw_drafts(view, controls, {"Business": "Firms and mar"})
    shown = {label: find(drawn, {"type": TEXT, "label": key_of(label)}).value for label in LABELS}
    assert shown == {"s": "", "Business": "Firms and mar", "Politics": "Votes."}


def test_labels_that_are_often_corrected_come_first(filled: Services, view: View, controls: DefinitionControls) -> None:
    assert "No label is often corrected yet" in words_of(draw_drafts(view, controls, {}))
    annotate(filled, 3, range(31, 121), annotators=(1,))
    fresh = Pages(filled).view(Address(project_id=3, page=PageName.LABELS))
    assert fresh is not None
    said = words_of(draw_drafts(fresh, controls, {}))
    assert "No label is often corrected yet" not in said
    assert "other labels" not in said


def test_a_label_is_named_in_ids_whatever_it_holds() -> None:
    assert len({key_of(label) for label in ("a", 'b.c "{}"', "ü")}) == 3
    assert all(key_of(label).isalnum() for label in ("a", 'b.c "{}"', "ü"))
