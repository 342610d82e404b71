"""What one run of the benchmark is, down to its seed; equal specs give equal results."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Self

from mraru.errors import BenchmarkError
from mraru.projects.rounds.seeding_method import SeedingMethod
from mraru.records import SettingValue
from mraru.settings import Settings
from mraru.settings.loop_settings import LoopSettings
from mraru.settings.settings import default_settings

SEEDING_LIMIT = 200  # texts, the product's default
TRAINED_ONCE = 100_000  # batches between two trainings: more than any pool holds


class NoiseKind(StrEnum):
    """How a simulated teacher goes wrong."""

    UNIFORM = "uniform"  # any other class, each equally likely
    CLASS = "class"  # always the class that is nearest to the true one
    ZERO_SHOT_ERRORS = "zero-shot-errors"  # as the built-in zero-shot teacher does, on some of the texts where it does
    ZERO_SHOT = "zero-shot"  # the built-in zero-shot teacher itself, however often it is wrong


BY_CHANCE = (NoiseKind.UNIFORM, NoiseKind.CLASS)  # kinds that need nothing but the labels


class Aggregation(StrEnum):
    """How the answers of several simulated teachers become one label."""

    MAJORITY = "majority"
    DAWID_SKENE = "dawid-skene"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ensemble:
    """Several weak simulated teachers that err independently."""

    n_teachers: int = 3
    accuracy: float = 0.7
    aggregation: Aggregation = Aggregation.MAJORITY

    def __post_init__(self) -> None:
        if self.n_teachers < 1:
            raise BenchmarkError(f"An ensemble needs at least one teacher, not {self.n_teachers}.")
        if not 0.0 <= self.accuracy <= 1.0:
            raise BenchmarkError(f"A teacher's accuracy must be between 0 and 1, not {self.accuracy}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSpec:
    """One learning curve: everything that decides what comes out."""

    data_set: str
    student: str
    rule: str
    seed: int
    fingerprint: str = ""  # of the data set's vectors and labels, so that no result is taken for another's
    budget: int | None = None  # labels, seeding included; None = all texts of the pool
    batch_size: int = 25  # labels
    retrain_every: int = 1  # batches
    seeding: SeedingMethod = SeedingMethod.RANDOM
    seeding_limit: int | None = SEEDING_LIMIT  # texts; None = until each class has a label
    calibration: str = "none"
    temperature: float = 1.0  # makes the student wrong about itself: below 1 too certain, above 1 too unsure
    noise_kind: NoiseKind = NoiseKind.UNIFORM
    noise: float = 0.0  # share of texts that the simulated teacher labels wrongly
    ensemble: Ensemble | None = None
    loop: tuple[tuple[str, SettingValue], ...] = ()  # settings of the loop that are not the defaults, by name

    def __post_init__(self) -> None:
        if self.budget is not None and self.budget < 1:
            raise BenchmarkError(f"The budget must be at least one label, not {self.budget}.")
        if self.batch_size < 1 or self.retrain_every < 1:
            raise BenchmarkError("Batch size and batches between two trainings must be at least 1.")
        if not 0.0 <= self.noise < 1.0:
            raise BenchmarkError(f"Noise is a share of labels, at least 0 and below 1, not {self.noise}.")
        if self.temperature <= 0:
            raise BenchmarkError(f"A temperature must be above 0, not {self.temperature}.")

    @property
    def condition(self) -> str:
        """What sets this run apart beside data set, student and rule, in words; empty for the plain case.

        >>> RunSpec(data_set="trec", student="svm", rule="mraru", seed=0, noise=0.1, temperature=5.0).condition
        'temperature 5, 10 % uniform noise'
        """
        parts = []
        if self.calibration != "none":
            parts.append(f"calibration {self.calibration}")
        if self.temperature != 1.0:
            parts.append(f"temperature {self.temperature:g}")
        if self.noise:
            parts.append(f"{100 * self.noise:g} % {self.noise_kind} noise")
        if self.ensemble is not None:
            parts.append(
                f"{self.ensemble.n_teachers} teachers at {100 * self.ensemble.accuracy:g} %, "
                f"{self.ensemble.aggregation}"
            )
        if self.seeding is not SeedingMethod.RANDOM:
            parts.append(f"{self.seeding} seeding")
        if self.seeding_limit != SEEDING_LIMIT:
            parts.append(
                "seeding without a limit" if self.seeding_limit is None else f"seeding up to {self.seeding_limit}"
            )
        if self.retrain_every != 1:
            parts.append(f"retrained every {self.retrain_every} batches")
        return ", ".join(parts)

    @property
    def loop_settings(self) -> Settings:
        """The product's settings that hold for whatever is not named here."""
        return default_settings().model_copy(update=dict(self.loop))

    @property
    def group(self) -> Self:
        """The spec that all seeds of a curve share."""
        return replace(self, seed=-1)

    @property
    def setting(self) -> Self:
        """The spec that all rules compared with each other share."""
        return replace(self, seed=-1, rule="")

    @property
    def pool_end(self) -> Self:
        """Random sampling of the whole pool, trained once, when every text has a label."""
        return replace(self, rule="random", budget=None, retrain_every=TRAINED_ONCE)

    def repeat(self, rules: Iterable[str], seeds: Sequence[int], fingerprint: str) -> list[Self]:
        """The same run with each rule and seed, on the data of that fingerprint."""
        return [replace(self, rule=rule, seed=seed, fingerprint=fingerprint) for rule in rules for seed in seeds]

    @property
    def key(self) -> str:
        """A file name of its own for every spec, the same in every process."""
        named = asdict(self)
        if self.seeding is SeedingMethod.RANDOM and self.seeding_limit == SEEDING_LIMIT:
            del named["seeding"], named["seeding_limit"]  # runs that were kept before these existed are still found
        if not self.loop:
            del named["loop"]
        digest = hashlib.blake2b(json.dumps(named, sort_keys=True).encode(), digest_size=6).hexdigest()
        return f"{self.data_set}-{self.student}-{self.rule}-{self.seed}-{digest}"


def read_loop(settings: Settings) -> tuple[tuple[str, SettingValue], ...]:
    """What a `RunSpec` keeps of the settings of a project: those of the loop that are not the defaults.

    >>> read_loop(default_settings().model_copy(update={"max_passes": 3}))
    (('max_passes', 3),)
    """
    defaults = default_settings()
    values = ((name, getattr(settings, name)) for name in LoopSettings.model_fields)
    return tuple((name, value) for name, value in values if value != getattr(defaults, name))
