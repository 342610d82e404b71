from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from fakes.blobs import make_blobs
from mraru.benchmark.core.data_sets import DataSet
from mraru.benchmark.core.parallel import measure_all
from mraru.benchmark.core.run_spec import RunSpec
from mraru.benchmark.studies.calibration.calibration_effect import measure_calibration


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    data_set: str
    label: str


def count(spec: Count, data_set: DataSet) -> int:
    return int(np.sum(data_set.y == spec.label))


def test_results_are_in_the_order_of_the_specs_and_progress_is_told() -> None:
    specs = [Count(data_set="blobs", label=label) for label in ("tech", "food", "golf")]
    steps: list[tuple[int, int]] = []

    found = measure_all(count, specs, {"blobs": make_blobs()}, 1, on_progress=lambda *step: steps.append(step))

    assert found == [66, 67, 0]
    assert steps == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_several_processes_measure_the_same_as_one() -> None:
    spec = RunSpec(data_set="blobs", student="lda", rule="random", seed=0, budget=60, calibration="temperature")
    specs = [replace(spec, seed=seed) for seed in range(3)]
    data_sets = {"blobs": make_blobs()}

    alone = measure_all(measure_calibration, specs, data_sets, 1)
    together = measure_all(measure_calibration, specs, data_sets, 2)

    assert [found.spec.seed for found in together] == [0, 1, 2]
    assert [found.calibrated for found in together] == [found.calibrated for found in alone]
