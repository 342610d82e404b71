"""Two questions about the same texts: in one project, where a call answers both, or in a project each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mraru.benchmark.core.data_sets import ArrayPool, DataSet
from mraru.benchmark.core.run_spec import RunSpec
from mraru.benchmark.core.run_students import make_student
from mraru.benchmark.rules.compared_rules import make_rule
from mraru.errors import BenchmarkError
from mraru.interfaces import Labels, Student, Vectors
from mraru.labelstudio.label_configs.taxonomy_tags import SEPARATOR
from mraru.questions import ask_together
from mraru.schema_records import Choice, LabelSchema, name_with_question
from mraru.students.questions_student import QuestionsStudent, split_opinions

DRAWING_STREAM = 7  # beside the streams of other studies
N_FIRST = 50  # labels drawn at random, the same ones for every way
FIRST, SECOND = "first", "second"  # the questions: the first part of a path, and the rest of it


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionOutcome:
    """One way, once, after so many texts were labelled for each question; right are shares of the test texts."""

    data_set: str
    way: str
    seed: int
    n_texts: int
    n_calls: int
    right_first: float
    right_second: float


def measure_questions(data_set: DataSet, specs: Sequence[RunSpec]) -> list[QuestionOutcome]:
    """Ask by the spec's rule in one project and in two, and at random in one.

    Args:
        specs: which student, which rule, with how many labels (its budget), and with which seed.

    Raises:
        BenchmarkError: the labels are no paths, or there are fewer than are to be asked for.
    """
    if not all(SEPARATOR in label for label in data_set.y.tolist()):
        raise BenchmarkError(f"Not all labels of '{data_set.name}' are paths: write them 'first{SEPARATOR}second'.")
    return [outcome for spec in specs for outcome in _measure(data_set, spec)]


def _measure(data_set: DataSet, spec: RunSpec) -> list[QuestionOutcome]:
    n_texts = spec.budget or 0
    if not N_FIRST <= n_texts <= len(data_set.y):
        raise BenchmarkError(f"From {N_FIRST} to {len(data_set.y):,} labels of '{data_set.name}', not {n_texts:,}.")
    return [
        QuestionOutcome(
            data_set=data_set.name,
            way=way,
            seed=spec.seed,
            n_texts=n_texts,
            n_calls=n_projects * n_texts,
            right_first=right[FIRST],
            right_second=right[SECOND],
        )
        for way, (measure, n_projects) in WAYS.items()
        for right in (measure(data_set, spec),)
    ]


def split_paths(paths: Labels) -> dict[str, Labels]:
    """The answers to both questions.

    >>> {name: said.tolist() for name, said in split_paths(np.array(["NUM / date", "HUM / ind"])).items()}
    {'first': ['NUM', 'HUM'], 'second': ['date', 'ind']}
    """
    parts = [path.split(SEPARATOR, 1) for path in paths.tolist()]
    return {name: np.array([part[place] for part in parts]) for place, name in enumerate((FIRST, SECOND))}


def _ask_in_one(data_set: DataSet, spec: RunSpec, rule: str) -> dict[str, float]:
    answers, truth = split_paths(data_set.y), split_paths(data_set.y_test)
    schema = ask_together([_make_question(name, said) for name, said in answers.items()])
    y = np.array([_join(*said) for said in zip(answers[FIRST].tolist(), answers[SECOND].tolist(), strict=True)])

    def make() -> QuestionsStudent:
        return QuestionsStudent(schema, lambda question: make_student(spec))

    student = make()
    _learn(student, data_set.X, y, _ask(make, data_set.X, y, spec, rule))
    opinions = split_opinions(student.predict_proba(data_set.X_test), student.parts)
    found = dict(zip((question.from_name for question in schema.questions), opinions, strict=True))
    return {
        name: float(np.mean(np.array(list(said))[np.stack(list(said.values())).argmax(axis=0)] == truth[name]))
        for name, said in found.items()
    }


def _ask_in_two(data_set: DataSet, spec: RunSpec, rule: str) -> dict[str, float]:
    answers, truth = split_paths(data_set.y), split_paths(data_set.y_test)
    right = {}
    for name, y in answers.items():
        student = make_student(spec)
        _learn(student, data_set.X, y, _ask(lambda: make_student(spec), data_set.X, y, spec, rule))
        said = student.classes_[student.predict_proba(data_set.X_test).argmax(axis=1)]
        right[name] = float(np.mean(said == truth[name]))
    return right


def _ask(make: Callable[[], Student], X: Vectors, y: Labels, spec: RunSpec, rule: str) -> NDArray[np.intp]:
    """The rows that one project has labelled in the end."""
    rng = np.random.default_rng([spec.seed, DRAWING_STREAM])
    sampler = make_rule(rule, spec.loop_settings)
    labelled = rng.choice(len(y), N_FIRST, replace=False)
    budget = spec.budget or 0
    while len(labelled) < budget:
        student = make()
        _learn(student, X, y, labelled)
        left = np.setdiff1d(np.arange(len(y), dtype=np.intp), labelled)
        n_wanted = min(spec.batch_size, budget - len(labelled))
        accepted = sampler.select_batch(student, ArrayPool(X, left), n_wanted, rng).accepted
        if not accepted:
            break
        labelled = np.concatenate([labelled, left[np.asarray(accepted, dtype=np.intp)]])
    return labelled


def _learn(student: Student, X: Vectors, y: Labels, rows: NDArray[np.intp]) -> None:
    student.fit(X[rows], y[rows])


def _make_question(name: str, answers: Labels) -> LabelSchema:
    choices = tuple(Choice(value=label) for label in np.unique(answers).tolist())
    return LabelSchema(from_name=name, to_name="text", text_field="text", choices=choices)


def _join(first: str, second: str) -> str:
    return f"{name_with_question(FIRST, first)} | {name_with_question(SECOND, second)}"


# How each way asks, and how many calls a text takes.
WAYS: Mapping[str, tuple[Callable[[DataSet, RunSpec], dict[str, float]], int]] = {
    "one project": (lambda data_set, spec: _ask_in_one(data_set, spec, spec.rule), 1),
    "one project, at random": (lambda data_set, spec: _ask_in_one(data_set, spec, "random"), 1),
    "two projects": (lambda data_set, spec: _ask_in_two(data_set, spec, spec.rule), 2),
}
