from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from fakes.blobs import BlobEmbedder, theme_texts
from fakes.label_studio import FakeLabelStudio
from fakes.services import LABEL_CONFIG, MakeServices, connect
from mraru.benchmark.core.experiment import RunResult
from mraru.benchmark.core.run_spec import RunSpec
from mraru.benchmark.core.run_students import make_student
from mraru.benchmark.rules.compared_rules import make_rule, name_rule
from mraru.bootstrap import Services
from mraru.bootstrap.sampler_factory import make_sampler
from mraru.cli.measuring.simulate import SimulateOptions, simulate_project
from mraru.embedding.cached_embedder import CachedEmbedder
from mraru.errors import BenchmarkError, LabelConfigError, LabelStudioError
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.rounds.seeding_method import SeedingMethod
from mraru.query_strategies.acceptance.adaptive import AdaptiveRule
from mraru.query_strategies.acceptance.margin import MarginRule
from mraru.query_strategies.mraru import MRaru
from mraru.records import Annotation
from mraru.settings import load_settings
from mraru.students.calibration.calibrated import CalibratedStudent
from mraru.students.calibration.calibrators import CalibrationMethod
from mraru.students.questions_student import QuestionsStudent

FAST = {"n_seeds": 2, "budget": 80, "rule": "sharpened:2", "student": "logreg"}


@pytest.fixture
def replaying(new_services: MakeServices) -> Services:
    services = new_services(calibration="none", seeding="random")  # the vectors know nothing of what classes are called
    services.embedder = CachedEmbedder(BlobEmbedder(spread=1.6), services.store.vectors)
    return services


def simulate(services: Services, **options: object) -> str:
    console = Console(file=StringIO(), width=200, highlight=False, markup=False, emoji=False)
    simulate_project(services, SimulateOptions(**{**FAST, **options}), console)  # type: ignore[arg-type]
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def export(
    folder: Path, n_texts: int = 240, lead_time: float | None = 6.0, themes: tuple[str, ...] | None = None
) -> Path:
    texts, labels = theme_texts(n_texts, *([themes] if themes else []))
    entries = [
        {"id": number, "text": text, "label": label, "annotator": 1, "annotation_id": number, "lead_time": lead_time}
        for number, (text, label) in enumerate(zip(texts, labels, strict=True))
    ]
    path = folder / "labelled.json"
    path.write_text(json.dumps(entries))
    return path


def row(shown: str, rule: str) -> list[str]:
    """The cells of the table's row that begins with the rule."""
    (line,) = [line for line in shown.splitlines() if re.match(rf"│ {re.escape(rule)} +│", line)]
    return [cell.strip() for cell in line.strip("│").split("│")]


def test_labels_dollars_and_hours_add_up(replaying: Services, tmp_path: Path) -> None:
    shown = simulate(replaying, export=export(tmp_path), usd_per_label=0.5)

    assert "240 distinct texts that people labelled, in 3 classes; 48 of them are held out" in shown
    assert "no LLM was asked" in shown
    _, labels, saved, dollars, time = row(shown, "sharpened:2")
    n_saved = int(saved.split()[0])
    assert int(labels) + n_saved == 80
    assert dollars.split()[0] == f"${n_saved * 0.5:,.2f}"
    assert time.startswith(f"{n_saved * 6.0 / 60:.1f} min (")
    assert row(shown, "random")


def test_seconds_that_are_given_beat_those_of_the_annotations(replaying: Services, tmp_path: Path) -> None:
    assert "A label takes a person 6.0 s." in simulate(replaying, export=export(tmp_path))
    assert "A label takes a person 60.0 s." in simulate(replaying, export=export(tmp_path), seconds_per_label=60.0)


def test_what_is_not_known_is_not_made_up(replaying: Services, tmp_path: Path) -> None:
    shown = simulate(replaying, export=export(tmp_path, lead_time=None))

    assert "Dollars are not known" in shown
    assert "The time is not known" in shown
    assert "unknown" in row(shown, "sharpened:2")[3]


def test_the_price_is_that_of_the_set_model_s_own_prompts(new_services: MakeServices, tmp_path: Path) -> None:
    services = new_services(
        openai_base_url="http://127.0.0.1:9/v1",
        openai_model="m",
        input_usd_per_mtok=1.0,
        output_usd_per_mtok=2.0,
        calibration="none",
    )
    services.embedder = CachedEmbedder(BlobEmbedder(), services.store.vectors)

    shown = simulate(services, export=export(tmp_path))

    (price,) = re.findall(r"A label costs \$([\d.]+)\.", shown)
    assert 0.00005 < float(price) < 0.002  # some hundred tokens of a prompt, at a dollar a million


def test_a_project_is_replayed_with_what_people_said(replaying: Services) -> None:
    texts, labels = theme_texts(200)
    label_studio = FakeLabelStudio(texts, labels=("food", "sport", "tech"))
    label_studio.annotations = {
        task_id: Annotation(annotation_id=task_id, task_id=task_id, label=labels[task_id - 1], lead_time_s=3.0)
        for task_id in range(1, 181)
    }
    label_studio.annotations[1] = Annotation(annotation_id=1, task_id=1, label=None, was_cancelled=True)
    label_studio.annotations |= {  # made from predictions: nobody took that time
        1000 + task_id: Annotation(
            annotation_id=1000 + task_id, task_id=task_id, label="tech", is_human=False, lead_time_s=999.0
        )
        for task_id in range(1, 201)
    }
    replaying.label_studio = lambda project_id=None: label_studio  # type: ignore[assignment, method-assign]

    shown = simulate(replaying, project_id=1)

    assert "'A project': 179 distinct texts" in shown
    assert "A label takes a person 3.0 s." in shown
    assert not label_studio.imports


def test_the_same_simulation_is_not_run_twice(replaying: Services, tmp_path: Path) -> None:
    path = export(tmp_path)
    first = simulate(replaying, export=path)
    kept = {file: file.stat().st_mtime_ns for file in (tmp_path / "simulations").iterdir()}

    assert simulate(replaying, export=path) == first
    assert {file: file.stat().st_mtime_ns for file in (tmp_path / "simulations").iterdir()} == kept
    assert len(kept) == 4


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: {"export": export(folder, n_texts=30)}, "'labelled' has 30 labelled texts: at least 50"),
        (lambda folder: {"export": export(folder, themes=("a",))}, "at least two classes"),
        (lambda folder: {"export": export(folder), "rule": "random"}, "give another --rule"),
        (lambda folder: {"export": export(folder), "rule": "oracle"}, "no rule 'oracle'"),
        (lambda folder: {"export": export(folder), "student": "oracle"}, "no student 'oracle'"),
        (lambda folder: {"export": export(folder), "project_id": 1}, "either --project NUMBER or --export FILE"),
        (lambda folder: {}, "either --project NUMBER or --export FILE"),
        (lambda folder: {"export": folder / "none.json"}, "There is no file"),
        (lambda folder: {"export": export(folder), "label_config": folder / "none.xml"}, "cannot be read"),
    ],
)
def test_what_cannot_be_simulated_is_refused_with_a_reason(
    replaying: Services, tmp_path: Path, make: object, message: str
) -> None:
    assert callable(make)
    with pytest.raises((BenchmarkError, LabelStudioError, LabelConfigError), match=message):
        simulate(replaying, **make(tmp_path))


SET = {
    "student": "lda",
    "calibration": "sigmoid",
    "acceptance_rule": "margin",
    "sharpness": 3.0,
    "batch_size": 11,
}


@pytest.fixture
def specs(monkeypatch: pytest.MonkeyPatch) -> list[RunSpec]:
    """The runs that a simulation asks for; none is made."""
    asked: list[RunSpec] = []

    def note(wanted: Sequence[RunSpec], *arguments: object, **options: object) -> list[RunResult]:
        asked.extend(wanted)
        raise BenchmarkError("noted")

    monkeypatch.setattr("mraru.cli.measuring.simulate.run_all", note)
    return asked


def labelled_project(n_texts: int = 100) -> FakeLabelStudio:
    texts, labels = theme_texts(n_texts)
    label_studio = FakeLabelStudio(texts, labels=("food", "sport", "tech"))
    label_studio.annotations = {
        task_id: Annotation(annotation_id=task_id, task_id=task_id, label=labels[task_id - 1])
        for task_id in range(1, n_texts + 1)
    }
    return label_studio


def asked_for(services: Services, specs: list[RunSpec], **options: object) -> list[RunSpec]:
    with pytest.raises(BenchmarkError, match="noted"):
        simulate(services, **{"rule": None, "student": None, **options})
    return specs


def test_what_is_set_for_a_project_is_what_is_replayed(
    new_services: MakeServices, specs: list[RunSpec], tmp_path: Path
) -> None:
    services = new_services(max_passes=7, batch_diversity=0.9, seeding="zero-shot", seeding_limit=60)
    services.embedder = CachedEmbedder(BlobEmbedder(), services.store.vectors)
    services.label_studio = lambda project_id=None: labelled_project()  # type: ignore[assignment, method-assign]
    connect(services)
    services.store.project_settings.change(1, SET)

    random, spec = asked_for(services, specs, project_id=1, n_seeds=1)
    assert (spec.student, spec.calibration, spec.rule, spec.batch_size) == ("lda", "sigmoid", "margin:3", 11)
    assert (spec.seeding, spec.seeding_limit) == (SeedingMethod.ZERO_SHOT, 60)
    assert (random.rule, replace(random, rule=spec.rule)) == ("random", spec)

    loop = services.make_loop(1)._context
    sampler = make_rule(spec.rule, spec.loop_settings)
    assert isinstance(sampler, MRaru)
    assert isinstance(loop.sampler, MRaru)
    assert (sampler.rule, sampler.max_passes, sampler.max_similarity) == (MarginRule(sharpness=3.0), 7, 0.9)
    assert (loop.sampler.rule, loop.sampler.max_passes) == (sampler.rule, sampler.max_passes)
    student, served = make_student(spec), loop.make_student(parse_label_config(LABEL_CONFIG))
    assert isinstance(student, CalibratedStudent)
    assert isinstance(served, CalibratedStudent)
    assert student.name == served.name == "lda"
    assert student._method == served._method == CalibrationMethod.SIGMOID


def test_a_definition_changes_what_seeding_goes_by_and_so_the_results(
    new_services: MakeServices, specs: list[RunSpec]
) -> None:
    services = new_services(seeding="zero-shot")
    services.embedder = CachedEmbedder(BlobEmbedder(), services.store.vectors)
    services.label_studio = lambda project_id=None: labelled_project()  # type: ignore[assignment, method-assign]
    connect(services)
    before = asked_for(services, specs, project_id=1, n_seeds=1)[-1].fingerprint
    same = asked_for(services, specs, project_id=1, n_seeds=1)[-1].fingerprint
    services.store.label_definitions.define(1, {"food": "What is eaten."})
    after = asked_for(services, specs, project_id=1, n_seeds=1)[-1].fingerprint
    assert before == same != after


def test_an_export_is_of_no_project_so_the_server_s_settings_hold(
    new_services: MakeServices, specs: list[RunSpec], tmp_path: Path
) -> None:
    services = new_services(acceptance_rule="sharpened", sharpness=4.0)
    services.embedder = CachedEmbedder(BlobEmbedder(), services.store.vectors)
    connect(services)
    services.store.project_settings.change(1, SET)
    spec = asked_for(services, specs, export=export(tmp_path))[-1]
    assert (spec.student, spec.rule, spec.batch_size) == ("logreg", "sharpened:4", 25)


def test_an_option_goes_before_what_is_set(replaying: Services, specs: list[RunSpec], tmp_path: Path) -> None:
    spec = asked_for(replaying, specs, export=export(tmp_path), rule="adaptive:0.3", student="rf")[-1]
    sampler = make_rule(spec.rule, spec.loop_settings)
    assert isinstance(sampler, MRaru)
    assert (spec.student, sampler.rule) == ("rf", AdaptiveRule(rate=0.3))


@pytest.mark.parametrize(
    ("settings", "rule"),
    [
        ({"acceptance_rule": "paper"}, "paper"),
        ({"acceptance_rule": "margin", "sharpness": 3.0}, "margin:3"),
        ({"acceptance_rule": "adaptive", "acceptance_rate": 0.2}, "adaptive:0.2"),
        ({"sampler": "random"}, "random"),
    ],
)
def test_the_set_rule_has_a_name_that_makes_it_again(settings: dict[str, object], rule: str) -> None:
    loaded = load_settings(**settings)
    assert name_rule(loaded) == rule
    made, again = make_sampler(loaded), make_rule(rule)
    assert type(made) is type(again)
    assert getattr(made, "rule", None) == getattr(again, "rule", None)


def test_several_questions_are_replayed_with_a_student_for_each(replaying: Services, tmp_path: Path) -> None:
    texts, labels = theme_texts(240)
    entries = [
        {
            "id": number,
            "text": text,
            "topic": label,
            "is_first": "yes" if label == sorted(set(labels))[0] else "no",
            "annotator": 1,
            "annotation_id": number,
            "lead_time": 6.0,
        }
        for number, (text, label) in enumerate(zip(texts, labels, strict=True))
    ]
    path, config = tmp_path / "labelled.json", tmp_path / "config.xml"
    path.write_text(json.dumps(entries))
    topics = "".join(f'<Choice value="{label}"/>' for label in sorted(set(labels)))
    config.write_text(
        f'<View><Text name="text" value="$text"/><Choices name="topic" toName="text">{topics}</Choices>'
        '<Choices name="is_first" toName="text"><Choice value="yes"/><Choice value="no"/></Choices></View>'
    )
    shown = simulate(replaying, export=path, label_config=config)
    assert "240 distinct texts that people labelled" in shown
    assert row(shown, "sharpened:2")
    schema = parse_label_config(config.read_text())
    spec = RunSpec(data_set="mine", student="logreg", rule="random", seed=0, calibration="none")
    assert isinstance(make_student(spec, is_multiple=True, questions=schema), QuestionsStudent)
