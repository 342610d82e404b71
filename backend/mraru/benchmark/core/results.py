"""Finished runs on disk: one JSON file each, written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mraru.benchmark.core.experiment import CurvePoint, RunResult
from mraru.benchmark.core.run_spec import Aggregation, Ensemble, NoiseKind, RunSpec
from mraru.benchmark.core.whole_files import write_whole
from mraru.projects.rounds.seeding_method import SeedingMethod
from mraru.students.calibration.calibration_error import ReliabilityBin


class RunFolder:
    """The folder in which a benchmark keeps its finished runs, so that a second start goes on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, spec: RunSpec) -> RunResult | None:
        """The result of this very spec; None where it is not there or damaged."""
        try:
            raw = json.loads(self._path(spec).read_text(encoding="utf-8"))
            result = read_result(raw)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return result if result.spec == spec else None

    def save(self, result: RunResult) -> None:
        write_whole(self._path(result.spec), json.dumps(asdict(result)))

    def _path(self, spec: RunSpec) -> Path:
        return self._folder / f"{spec.key}.json"


def read_result(raw: Mapping[str, Any]) -> RunResult:
    """A result from what `asdict` made of it.

    Raises:
        KeyError, TypeError, ValueError: it is not one.
    """
    spec = dict(raw["spec"])
    ensemble = spec.pop("ensemble")
    if ensemble is not None:
        ensemble = Ensemble(**{**ensemble, "aggregation": Aggregation(ensemble["aggregation"])})
    kinds = {
        "loop": tuple((name, value) for name, value in spec.get("loop", ())),
        "noise_kind": NoiseKind(spec["noise_kind"]),
        "seeding": SeedingMethod(spec.get("seeding", SeedingMethod.RANDOM)),
    }
    return RunResult(
        **{
            **raw,
            "spec": RunSpec(**{**spec, **kinds}, ensemble=ensemble),
            "curve": tuple(CurvePoint(**point) for point in raw["curve"]),
            "reliability": tuple(ReliabilityBin(**found) for found in raw["reliability"]),
        }
    )
