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

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "extending.md"

USE = """
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
    student, rule, strategy, head, laws = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (folder / "my_parts.py").write_text("\n\n".join([head, student, rule, strategy]))
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
    paths = os.pathsep.join([str(package), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    environment = {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=package, env=environment, capture_output=True, text=True, check=False
    )


def test_parts_of_an_installed_package_are_used_by_their_names(package: Path) -> None:
    done = run(package, "-c", USE)
    assert done.returncode == 0, done.stderr


def test_a_package_that_cannot_be_imported_keeps_no_student_of_ours_from_being_loaded(package: Path) -> None:
    done = run(package, "-c", USE_OURS)
    assert done.returncode == 0, done.stderr


def test_the_examples_keep_the_laws_but_for_those_that_the_docs_leave_out(package: Path) -> None:
    done = run(package, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:dash", "test_my_parts.py")
    assert done.returncode == 0, done.stdout[-3000:]
    assert int(re.findall(r"(\d+) passed", done.stdout)[0]) > 20


@pytest.mark.parametrize("setting", ["student", "sampler", "acceptance_rule"])
def test_a_name_that_nobody_brings_is_refused_with_those_there_are(setting: str) -> None:
    first = {"student": "logreg", "sampler": "mraru", "acceptance_rule": "paper"}[setting]
    with pytest.raises(SettingsError, match=rf"there is no 'nonsense': use one of {first}, "):
        load_settings(**{setting: "nonsense"})


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
