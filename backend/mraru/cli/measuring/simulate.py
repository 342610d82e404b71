"""`mraru simulate`: M-RARU replayed on a labelled project, with people's annotations as the teacher."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from mraru.benchmark.core.data_sets import DataSet, LabelledTexts, as_data_set, hold_out, list_classes
from mraru.benchmark.core.results import RunFolder
from mraru.benchmark.core.run_spec import RunSpec, read_loop
from mraru.benchmark.core.running import check_specs, run_all
from mraru.benchmark.report.run_summary import RANDOM, Row, summarize
from mraru.benchmark.rules.compared_rules import name_rule
from mraru.benchmark.studies.stopping.savings import LabelPrice, median_seconds
from mraru.bootstrap import Services
from mraru.cli.measuring.savings_report import SimulatedProject, print_savings
from mraru.cli.money.label_prices import price_of_call
from mraru.errors import BenchmarkError, LabelStudioError
from mraru.labelstudio.formats.export_file import AnnotatedText, read_export
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.learning.class_words import describe_class
from mraru.projects.rounds.seeding_method import SeedingMethod
from mraru.quality.agreement.gold import gold_label
from mraru.records import Annotation, ProjectDescription
from mraru.schema_records import LabelSchema


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulateOptions:
    """What the command line asks for."""

    project_id: int | None = None
    export: Path | None = None
    label_config: Path | None = None
    student: str | None = None
    rule: str | None = None
    budget: int | None = None
    n_seeds: int = 5
    retrain_every: int = 1
    usd_per_label: float | None = None
    seconds_per_label: float | None = None
    n_jobs: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Labelled:
    """A project as people labelled it."""

    description: ProjectDescription
    schema: LabelSchema
    texts: tuple[str, ...]  # distinct, those with a label
    labels: tuple[str, ...]
    annotations: tuple[Annotation, ...]  # those that count

    @property
    def name(self) -> str:
        """What people know it by: its title, or its number."""
        return self.description.title or f"project {self.description.project_id}"


def simulate_project(services: Services, options: SimulateOptions, console: Console | None = None) -> None:
    """Print what M-RARU would have saved; asks no LLM and writes nothing into Label Studio.

    What is not given is as it is set for the project, or for the server where an export is replayed.

    Raises:
        BenchmarkError: neither or both of project and export are given, too few labels, or one class alone.
        LabelStudioError: no such project, or no such export.
        LabelConfigError: it is not clear what the label and what the text is.
    """
    console = console or Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    if (options.project_id is None) == (options.export is None):
        raise BenchmarkError("Give either --project NUMBER or --export FILE.")
    settings = services.settings if options.project_id is None else services.settings_for(options.project_id)
    rule = options.rule or name_rule(settings)
    student = options.student or settings.student
    if rule == RANDOM:
        raise BenchmarkError("Random sampling is what the rule is compared with: give another --rule.")
    base = RunSpec(
        data_set="project",
        student=student,
        rule=rule,
        seed=0,
        budget=options.budget,
        batch_size=settings.batch_size,
        retrain_every=options.retrain_every,
        calibration=settings.calibration,
        seeding=SeedingMethod(settings.seeding),
        loop=read_loop(settings),
    )
    check_specs([base])
    project = _read_project(services, options)
    base = replace(base, seeding_limit=settings.seeding_limit_of(len(project.schema.choices)))
    labelled = replace(
        hold_out(project.name, project.texts, project.labels, is_multiple=project.schema.is_multiple),
        name=base.data_set,
        questions=project.schema if project.schema.questions else None,
    )
    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console) as progress:
        data_set = _embed(services, project, labelled, progress, with_classes=base.seeding is SeedingMethod.ZERO_SHOT)
        rows = _replay(services, base, data_set, options, progress)
    price = LabelPrice(
        usd=_usd_per_label(services, project, options),
        seconds=options.seconds_per_label
        if options.seconds_per_label is not None
        else median_seconds([annotation.lead_time_s for annotation in project.annotations]),
    )
    simulated = SimulatedProject(
        title=project.name,
        n_texts=len(project.texts),
        n_classes=len(list_classes(project.labels, is_multiple=project.schema.is_multiple)),
        n_held_out=len(labelled.test_texts),
    )
    print_savings(console, simulated, rows, price)


def _read_project(services: Services, options: SimulateOptions) -> _Labelled:
    if options.project_id is not None:
        client = services.label_studio(options.project_id)
        description = client.describe_project(options.project_id)
        schema = parse_label_config(description.label_config, services.selection_for(options.project_id))
        by_task: dict[int, list[Annotation]] = {}
        for annotation in client.list_annotations(options.project_id, schema):
            by_task.setdefault(annotation.task_id, []).append(annotation)
        texts = [
            AnnotatedText(text=task.text, annotations=tuple(by_task.get(task.task_id, ())))
            for task in client.list_tasks(options.project_id, schema)
        ]
        return _settle(description, schema, texts)
    assert options.export is not None
    given = None
    if options.label_config:
        given = parse_label_config(_read_config(options.label_config), services.selection_for(None))
    exported = read_export(options.export, given)
    description = ProjectDescription(
        project_id=0,
        title=options.export.stem,
        instruction="",
        label_config="",
        created_at="",
        model_version=None,
        sampling="",
    )
    return _settle(description, exported.schema, exported.texts)


def _read_config(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise LabelStudioError(f"The label config {path} cannot be read: {exc}.") from exc


def _settle(description: ProjectDescription, schema: LabelSchema, texts: Iterable[AnnotatedText]) -> _Labelled:
    """Each distinct text with the label that people settled on."""
    by_text: dict[str, list[Annotation]] = {}
    for annotated in texts:
        if annotated.text.strip():
            counted = [made for made in annotated.annotations if made.is_gold and schema.is_answer(made.label)]
            by_text.setdefault(annotated.text, []).extend(counted)
    settled = {text: label for text, found in by_text.items() if (label := gold_label(found)) is not None}
    return _Labelled(
        description=description,
        schema=schema,
        texts=tuple(settled),
        labels=tuple(settled.values()),
        annotations=tuple(annotation for text in settled for annotation in by_text[text]),
    )


def _embed(
    services: Services, project: _Labelled, labelled: LabelledTexts, progress: Progress, *, with_classes: bool
) -> DataSet:
    """Texts and, where seeding goes by them, classes as the project's own seeding describes them."""
    choices = {choice.stored: choice for choice in project.schema.choices}
    definitions = services.store.label_definitions.list_all(project.description.project_id)
    bar = progress.add_task("embedding", total=None)

    def show(n_done: int, n_texts: int) -> None:
        progress.update(bar, completed=n_done, total=n_texts)

    data_set = as_data_set(
        labelled,
        lambda texts: services.embedder.embed(texts, show),
        with_classes=with_classes,
        describe=lambda label: describe_class(choices[label], definitions.get(label)),
    )
    progress.remove_task(bar)
    return data_set


def _replay(
    services: Services, base: RunSpec, data_set: DataSet, options: SimulateOptions, progress: Progress
) -> list[Row]:
    bar = progress.add_task("replaying", total=None)
    results = run_all(
        base.repeat([RANDOM, base.rule], range(options.n_seeds), data_set.fingerprint),
        {data_set.name: data_set},
        RunFolder(services.settings.model_dir / "simulations"),
        n_jobs=options.n_jobs,
        on_progress=lambda n_done, n_runs: progress.update(bar, completed=n_done, total=n_runs),
    )
    return summarize(results)


def _usd_per_label(services: Services, project: _Labelled, options: SimulateOptions) -> float | None:
    if options.usd_per_label is not None or not services.settings.uses_llm:
        return options.usd_per_label
    return price_of_call(services, project.description, project.schema, project.texts)
