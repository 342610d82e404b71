"""What other packages bring: the examples of docs/extending.md as a package, used as a user would use them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from mraru.errors import PluginInvalid, SettingsError
from mraru.settings import load_settings
from mraru.students.named_students import find_student_type

pytestmark = pytest.mark.slow

TESTS = Path(__file__).parent.parent
DOCUMENT = TESTS.parent / "docs" / "extending.md"

USE = """
from mraru.benchmark.rules.compared_rules import make_rule
from mraru.bootstrap.sampler_factory import make_sampler
from mraru.bootstrap.student_factory import make_student
from mraru.errors import ProjectSettingInvalid
from mraru.settings import load_settings
from mraru.settings.project_fields import find_field, read_value

settings = load_settings(student="neighbours", acceptance_rule="gini", sharpness=3.0)
assert make_student(settings.student, "auto", 0).name == "neighbours"
assert make_sampler(settings).rule.acceptance_probability(0.5) == 0.125
assert make_sampler(load_settings(sampler="least-certain")).name == "least-certain"
assert "neighbours" in find_field("student").choices
assert read_value("student", "neighbours") == "neighbours"
assert make_rule("gini").rule.name == "gini"
assert make_rule("least-certain").name == "least-certain"
"""

USE_IN_ROUNDS = """
from io import StringIO
from pathlib import Path
from rich.console import Console
from fakes.label_studio import LABELS, FakeLabelStudio
from mraru.bootstrap import Services
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.stopping.stop_decision import go_on
from mraru.projects.syncing.project_sync import sync_project
from mraru.cli.money.cost_estimate_lines import estimate_costs
from mraru.reporting.project_summary import summarize_project
from mraru.reporting.teacher_words import TeacherWords
from mraru.settings import load_settings


def work(folder, **settings):
    services = Services(
        load_settings(
            model_dir=Path(folder), webhook_secret="s", tabs=False, batch_size=4, audit_share=0.0,
            teacher="keywords", embedder="hashed-words", sampler="least-certain", student="neighbours",
            stopping_criteria="agreed", stop_min_rounds=2, stop_rounds=2, **settings,
        )
    )
    studio = FakeLabelStudio([f"{LABELS[number % 3]} {number}" for number in range(120)])
    sync_project(services.store, studio, 1, services.clock)
    services.label_studio = lambda project_id=None: studio
    services.store.projects.start(1)
    for _ in range(200):
        if not services.make_loop(1).advance().more:
            break
    return services, services.store.projects.get(1), services.store.ledger.spending(1), studio


services, project, spent, studio = work("agreed")
assert project.reason.startswith("agreed: student and teacher agree on 9") or "agree on 100%" in project.reason
assert 0 < spent.n_calls < 120
assert abs(spent.cost_usd - 0.001 * spent.n_calls) < 1e-9
sampled = [each for each in services.store.rounds.list_all(1) if each.is_sampled]
assert len(sampled) >= 2 and {each.student for each in sampled} == {"neighbours"}
assert {line.model for line in services.store.ledger_lines.list_all(1)} == {"keywords"}
assert services.embedder.name == "hashed-words:hashed-words-512"
assert services.store.tasks.count_embedded(1, services.embedder.name) > 0
assert studio.imports
marks = {mark for held in studio.predictions for mark in held.marks}
assert any(mark.startswith("teacher: ") for mark in marks) and not any("LLM" in mark for mark in marks), marks

# An answer that was paid for is not paid for twice, and people overrule the criterion.
teacher = services.teachers.for_project(project, parse_label_config(project.label_config))
asked = next(iter(services.store.ledger_lines.list_all(1))).text_hash
(text,) = services.store.tasks.load_texts(1, [asked]).values()
assert teacher.label(text).from_ledger
assert services.store.ledger.spending(1) == spent
assert go_on(services.store, 1, 5) == ["agreed"]

assert (services.settings.teacher_name, TeacherWords.of(services.settings).name) == ("'keywords'", "teacher")
assert summarize_project(services, 1).teacher.name == "'keywords'"
estimate_costs(services, 1, 5, Console(file=(shown := StringIO()), width=300))
assert "'keywords' says what it costs with each answer" in shown.getvalue()

# No call passes the budget: what a call may cost is reserved before it is made.
services, project, spent, _ = work("poor", max_cost_usd=0.0105)
assert project.reason.startswith("budget: "), project.reason
assert 5 < spent.n_calls < 11 and spent.cost_usd <= 0.0105, spent
"""

BROKEN = """
import sys
from pathlib import Path
from mraru.cli.server.serve import check_settings
from mraru.errors import PluginInvalid
from mraru.settings import load_settings

sys.modules["my_parts"] = None  # importing it fails from now on
for setting, name in {
    "teacher": "keywords", "embedder": "hashed-words", "stopping_criteria": "agreed", "sampler": "least-certain",
    "acceptance_rule": "gini", "student": "neighbours",
}.items():
    try:
        check_settings(load_settings(model_dir=Path("broken"), **{setting: name}))
    except PluginInvalid as exc:
        assert f"'{name}'" in str(exc) and "cannot be imported" in str(exc), exc
    else:
        raise SystemExit(f"{name} was not missed")
"""

UNMADE = """
from pathlib import Path
import my_parts
from mraru.cli.server.serve import check_settings
from mraru.errors import PluginInvalid
from mraru.settings import load_settings


def fail(*arguments):
    raise SystemExit("no licence")


my_parts.HashedWords = my_parts.Agreed = my_parts.LeastCertain = my_parts.make_gini = fail
my_parts.make_neighbours = fail
for setting, name in {
    "embedder": "hashed-words", "stopping_criteria": "agreed", "sampler": "least-certain", "acceptance_rule": "gini",
    "student": "neighbours",
}.items():
    try:
        check_settings(load_settings(model_dir=Path("unmade"), **{setting: name}))
    except PluginInvalid as exc:
        assert f"'{name}'" in str(exc) and "cannot be made: SystemExit: no licence" in str(exc), exc
    else:
        raise AssertionError(f"{name} was not missed")

my_parts.KeywordTeacher = "none that can be called"
try:
    check_settings(load_settings(model_dir=Path("unmade"), teacher="keywords"))
except PluginInvalid as exc:
    assert "'keywords'" in str(exc), exc
else:
    raise AssertionError("the teacher was not missed")
"""

USE_OURS = """
import sys
from pathlib import Path
import numpy as np
from mraru.students.random_forest import RandomForestStudent
from mraru.students.student_files import load_student, save_student

sys.modules["my_parts"] = None  # importing it fails from now on
student = RandomForestStudent(n_trees=3)
student.fit(np.eye(4, dtype=np.float32), np.array(["a", "a", "b", "b"]))
save_student(student, Path("ours.skops"))
assert load_student(Path("ours.skops")).name == "rf"
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package of the docs as pip leaves it behind."""
    folder = tmp_path_factory.mktemp("package")
    text = DOCUMENT.read_text(encoding="utf-8")
    (described,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    project = tomllib.loads(described)["project"]
    *parts, head, laws = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (folder / "my_parts.py").write_text("\n\n".join([head, *parts]))
    (folder / "test_my_parts.py").write_text(laws)
    metadata = folder / f"my_parts-{project['version']}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    groups = [
        "\n".join([f"[{group}]", *(f"{name} = {value}" for name, value in named.items())])
        for group, named in project["entry-points"].items()
    ]
    (metadata / "entry_points.txt").write_text("\n\n".join(groups) + "\n")
    return folder


def run(package: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join([str(package), str(TESTS), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    environment = {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=package, env=environment, capture_output=True, text=True, check=False
    )


def test_parts_of_an_installed_package_are_used_by_their_names(package: Path) -> None:
    done = run(package, "-c", USE)
    assert done.returncode == 0, done.stderr


def test_each_part_of_an_installed_package_does_its_work_in_rounds(package: Path) -> None:
    done = run(package, "-c", USE_IN_ROUNDS)
    assert done.returncode == 0, done.stderr


def test_serve_does_not_start_with_a_part_that_cannot_be_imported(package: Path) -> None:
    done = run(package, "-c", BROKEN)
    assert done.returncode == 0, done.stderr


def test_serve_does_not_start_with_a_part_that_cannot_be_made(package: Path) -> None:
    done = run(package, "-c", UNMADE)
    assert done.returncode == 0, done.stderr


def test_a_package_that_cannot_be_imported_keeps_no_student_of_ours_from_being_loaded(package: Path) -> None:
    done = run(package, "-c", USE_OURS)
    assert done.returncode == 0, done.stderr


def test_the_examples_keep_the_laws_but_for_those_that_the_docs_leave_out(package: Path) -> None:
    done = run(package, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:dash", "test_my_parts.py")
    assert done.returncode == 0, done.stdout[-3000:]
    assert int(re.findall(r"(\d+) passed", done.stdout)[0]) > 80


@pytest.mark.parametrize(
    ("setting", "first"),
    [
        ("student", "logreg, "),
        ("sampler", "mraru, "),
        ("acceptance_rule", "paper, "),
        ("teacher", "auto, openai, zero-shot"),
        ("embedder", "sentence-transformers"),
    ],
)
def test_a_name_that_nobody_brings_is_refused_with_those_there_are(setting: str, first: str) -> None:
    with pytest.raises(SettingsError, match=rf"^MRARU_{setting.upper()}: there is no 'nonsense': use one of {first}"):
        load_settings(**{setting: "nonsense"})


def test_a_stopping_criterion_that_nobody_brings_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MRARU_STOPPING_CRITERIA", "nonsense, more")
    with pytest.raises(SettingsError, match=r"^MRARU_STOPPING_CRITERIA: there is no 'nonsense': no installed package"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("sklearn.naive_bayes:GaussianNB2", "no 'sklearn.naive_bayes:GaussianNB2' in the scikit-learn"),
        ("sklearn.no_such_module:X", "no 'sklearn.no_such_module:X' in the scikit-learn"),
        ("sklearn.svm:LinearSVC", "with predict_proba: wrap one"),
        ("sklearn.cluster:KMeans", "with predict_proba: wrap one"),
        ("os:system", "only classes of scikit-learn"),
        ("nobody-brings-it", "No installed package brings 'nobody-brings-it'"),
    ],
)
def test_a_student_that_is_none_is_refused_with_the_reason(name: str, reason: str) -> None:
    with pytest.raises(PluginInvalid, match=re.escape(reason)):
        find_student_type(name)


def test_only_classes_of_scikit_learn_can_be_named_by_their_path() -> None:
    assert load_settings(student="sklearn.naive_bayes:GaussianNB").student == "sklearn.naive_bayes:GaussianNB"
    for path in ("os:system", "sklearnx.y:Z", "sklearn.naive_bayes:GaussianNB()", "subprocess:Popen"):
        with pytest.raises(SettingsError, match="there is no"):
            load_settings(student=path)
