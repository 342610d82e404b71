"""The command `mraru benchmark`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mraru.benchmark.core.run_spec import Aggregation, NoiseKind
from mraru.projects.rounds.seeding_method import SeedingMethod

if TYPE_CHECKING:
    from mraru.cli.measuring.benchmark_run import BenchmarkOptions
    from mraru.settings import Settings

BASELINES = ("random", "exhaustive-margin")

DataSetArguments = Annotated[
    list[str],
    typer.Argument(
        metavar="DATASET...",
        help="Data sets: trec, ag-news, banking77 (in --data), bbc-news, or CSV files with columns text,label "
        "(labels, joined by |, where texts have several). "
        "Or `paper`: the paper's measurements, on --on. Or `seeding`, `calibration`, `stopping`, `warnings`, `review`, "
        "`final-labels`, `zero-shot`, `taxonomy`, `questions`, `shortlist`, and data sets: what each of these does. Or "
        "`teachers`: how several decide together. Or `teacher-audit`: how soon a weak one is called weak. Or `speed`: "
        "how long choosing takes. Or `webhooks`: how long a server under load takes to write one down.",
    ),
]


def benchmark(
    data_sets: DataSetArguments,
    on: Annotated[list[str] | None, typer.Option("--on", help="With `paper`: a data set; may be repeated.")] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="Folder of <name>.csv, or <name>-train.csv and <name>-test.csv.")
    ] = None,
    students: Annotated[str, typer.Option("--students", help="Students, separated by commas.")] = "logreg",
    rules: Annotated[
        str | None,
        typer.Option(
            "--rules",
            help="random, paper, sharpened:POWER, margin[:POWER], entropy[:POWER], adaptive[:RATE]; exhaustive, modal, "
            "scikit-activeml, small-text, each with -least-confident, -margin, -entropy. Without it random, paper and "
            "exhaustive-margin; with `stopping` and `warnings` the settings' rule.",
        ),
    ] = None,
    budget: Annotated[
        int | None,
        typer.Option(
            "--budget",
            min=1,
            help="Labels, seeding included; without it all texts, with `calibration`, `stopping`, `warnings` 1000. "
            "With `webhooks` how many, 10000 without it.",
        ),
    ] = None,
    batch_size: Annotated[int, typer.Option("--batch-size", min=1, help="Labels a batch.")] = 25,
    retrain_every: Annotated[
        int, typer.Option("--retrain-every", min=1, help="Batches between two trainings; the product retrains on each.")
    ] = 1,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Runs of each curve.")] = 5,
    first_seed: Annotated[
        int,
        typer.Option("--first-seed", min=0, help="Of these; a later one confirms what was chosen on earlier ones."),
    ] = 0,
    calibrations: Annotated[
        str | None,
        typer.Option(
            "--calibrations",
            help="How probabilities are calibrated, separated by commas: none, auto, temperature, sigmoid, isotonic. "
            "Without it none; with `paper` auto, beside none; with `calibration`, `stopping`, `warnings` and `review` "
            "auto.",
        ),
    ] = None,
    noise: Annotated[
        str | None,
        typer.Option(
            "--noise",
            help="Shares of wrong labels, separated by commas, such as 0,0.1,0.3. Without it 0; with `review` 0.2.",
        ),
    ] = None,
    noise_kind: Annotated[
        NoiseKind, typer.Option("--noise-kind", help="Any other class, or always the nearest one.")
    ] = NoiseKind.UNIFORM,
    ensemble: Annotated[
        int, typer.Option("--ensemble", min=0, help="Weak simulated teachers that label together; 0 = one good one.")
    ] = 0,
    teacher_accuracy: Annotated[
        float, typer.Option("--teacher-accuracy", min=0, max=1, help="Of each teacher of the ensemble.")
    ] = 0.7,
    aggregation: Annotated[
        Aggregation, typer.Option("--aggregation", help="How an ensemble's answers become one label.")
    ] = Aggregation.MAJORITY,
    seeding: Annotated[
        SeedingMethod, typer.Option("--seeding", help="How each curve's first labels are drawn.")
    ] = SeedingMethod.RANDOM,
    stages: Annotated[
        str | None,
        typer.Option(
            "--labels",
            help="With `review`, `taxonomy` and `questions`: numbers of labels, separated by commas. Without it "
            "100,250,1000 and 100,300,600. With `shortlist`: labelled texts of each label; without it 0,1,3,10.",
        ),
    ] = None,
    sizes: Annotated[
        str, typer.Option("--sizes", help="With `shortlist`: labels on a shortlist, separated by commas.")
    ] = "5,10,20,30,40",
    pool_end: Annotated[
        bool,
        typer.Option(
            "--pool-end", help="Compare also with what random sampling has when every text is labelled, trained once."
        ),
    ] = False,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Processes, each with one thread.")] = 1,
    out: Annotated[
        Path, typer.Option("--out", help="Folder for results; a second start goes on with what is there.")
    ] = Path("mraru-benchmark"),
    embeddings: Annotated[
        Path | None, typer.Option("--embeddings", help="Folder where embeddings are kept; in --out without it.")
    ] = None,
) -> None:
    """Compare students and rules on labelled texts; their labels play the teacher. No LLM is asked."""
    from mraru.cli.measuring.benchmark_final_labels import run_final_labels
    from mraru.cli.measuring.benchmark_measurements import run_calibration, run_stopping, run_teachers, run_warnings
    from mraru.cli.measuring.benchmark_review import run_review
    from mraru.cli.measuring.benchmark_run import BenchmarkOptions, run_benchmark, run_speed
    from mraru.cli.measuring.benchmark_seeding import run_seeding
    from mraru.cli.measuring.benchmark_shortlist import run_shortlist
    from mraru.cli.measuring.benchmark_taxonomy import run_questions, run_taxonomy
    from mraru.cli.measuring.benchmark_teachers import run_teacher_audit, run_zero_shot
    from mraru.cli.measuring.benchmark_webhooks import N_EVENTS, run_webhooks
    from mraru.settings import load_settings

    if data_sets == ["speed"]:
        run_speed(load_settings(), out, next(name for name in (*_split(rules or ""), "paper") if name not in BASELINES))
        return
    if data_sets == ["webhooks"]:
        run_webhooks(out, budget or N_EVENTS)
        return
    if data_sets == ["teachers"]:
        run_teachers(out, seeds)
        return
    if data_sets == ["teacher-audit"]:
        run_teacher_audit(out, seeds)
        return
    measurements: dict[str, Callable[[Settings, BenchmarkOptions], object]] = {
        "seeding": run_seeding,
        "calibration": run_calibration,
        "stopping": run_stopping,
        "warnings": run_warnings,
        "review": partial(run_review, stages=stages or "100,250,1000"),
        "final-labels": run_final_labels,
        "zero-shot": run_zero_shot,
        "taxonomy": partial(run_taxonomy, stages=stages or "100,300,600"),
        "questions": partial(run_questions, stages=stages or "100,300,600"),
        "shortlist": partial(run_shortlist, sizes=sizes, stages=stages or "0,1,3,10"),
    }
    is_paper, measure = data_sets == ["paper"], measurements.get(data_sets[0])
    options = BenchmarkOptions(
        data_sets=tuple(on or ()) if is_paper else tuple(data_sets[measure is not None :]),
        is_paper=is_paper,
        data=data,
        students=_split(students),
        rules=_split(rules or ("" if measure else "random,paper,exhaustive-margin")),
        budget=budget,
        batch_size=batch_size,
        retrain_every=retrain_every,
        n_seeds=seeds,
        first_seed=first_seed,
        calibrations=_split(calibrations or ("auto" if is_paper or measure else "none")),
        noise=_split(noise or ("0.2" if data_sets[0] == "review" else "0")),
        noise_kind=noise_kind,
        n_teachers=ensemble,
        teacher_accuracy=teacher_accuracy,
        aggregation=aggregation,
        n_jobs=jobs,
        seeding=seeding,
        out=out,
        embeddings=embeddings,
        pool_end=pool_end,
    )
    (measure or run_benchmark)(load_settings(), options)


def simulate(
    project: Annotated[
        int | None, typer.Option("--project", help="Number of a labelled project, as in its address.")
    ] = None,
    export: Annotated[
        Path | None, typer.Option("--export", help="A project's export from Label Studio instead: JSON or JSON-MIN.")
    ] = None,
    label_config: Annotated[
        Path | None,
        typer.Option("--label-config", help="The project's label config, where an export leaves open what is meant."),
    ] = None,
    student: Annotated[str | None, typer.Option("--student", help="MRARU_STUDENT without it.")] = None,
    rule: Annotated[str | None, typer.Option("--rule", help="As in `mraru benchmark`; else the settings'.")] = None,
    budget: Annotated[int | None, typer.Option("--budget", min=1, help="Labels; all texts without it.")] = None,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Replays of each.")] = 5,
    retrain_every: Annotated[int, typer.Option("--retrain-every", min=1, help="Batches between two trainings.")] = 1,
    usd_per_label: Annotated[
        float | None, typer.Option("--usd-per-label", min=0, help="What a label costs; else the LLM's price of a call.")
    ] = None,
    seconds_per_label: Annotated[
        float | None,
        typer.Option("--seconds-per-label", min=0, help="What a label takes a person; else the annotations' median."),
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Processes, each with one thread.")] = 1,
) -> None:
    """Say how many labels, dollars and hours M-RARU would have saved on a labelled project; asks no LLM."""
    from mraru.bootstrap import Services
    from mraru.cli.measuring.simulate import SimulateOptions, simulate_project
    from mraru.settings import load_settings

    simulate_project(
        Services(load_settings()),
        SimulateOptions(
            project_id=project,
            export=export,
            label_config=label_config,
            student=student,
            rule=rule,
            budget=budget,
            n_seeds=seeds,
            retrain_every=retrain_every,
            usd_per_label=usd_per_label,
            seconds_per_label=seconds_per_label,
            n_jobs=jobs,
        ),
    )


def _split(names: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in names.split(",") if name.strip()))
