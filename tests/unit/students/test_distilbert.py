from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from fakes.tiny_distilbert import MAX_TOKENS, tiny_model, tiny_options, tiny_student, tokenize, write_texts
from mraru.errors import StudentError, StudentFileInvalid, StudentModelMissing
from mraru.students.calibration.calibrated import CalibratedStudent, judge_out_of_fold
from mraru.students.calibration.calibrators import CalibrationMethod
from mraru.students.fine_tuned.distilbert import DistilBertStudent
from mraru.students.logistic_regression import LogisticRegressionStudent
from mraru.students.student_files import load_student, save_student

pytestmark = pytest.mark.slow

__all__ = ["tiny_model"]


@pytest.fixture(scope="module")
def trained(tiny_model: Path) -> DistilBertStudent:
    student = tiny_student(tiny_model)
    texts, labels = write_texts()
    student.fit(tokenize(tiny_model, texts), labels)
    return student


def test_importing_the_rooms_brings_neither_torch_nor_transformers() -> None:
    program = (
        "import sys, mraru.students.fine_tuned.distilbert, mraru.students.student_files, mraru.embedding.token_ids;"
        "sys.exit(bool({'torch', 'safetensors', 'transformers'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_padding_says_nothing(trained: DistilBertStudent, tiny_model: Path) -> None:
    """A short text is judged alike alone and beside a long one."""
    X = tokenize(tiny_model, ["goal bread", "bread soup cheese apple salt oven was seen today the"])
    beside, alone = trained.predict_proba(X)[0], trained.predict_proba(X[:1])[0]
    np.testing.assert_allclose(np.log(beside), np.log(alone), atol=1e-4)


def test_many_texts_are_judged_in_their_own_order(trained: DistilBertStudent, tiny_model: Path) -> None:
    texts, _ = write_texts(n_each=40, seed=3)
    X = tokenize(tiny_model, [" ".join(text.split()[: 1 + number % 7]) for number, text in enumerate(texts)])
    one_by_one = np.vstack([trained.predict_proba(X[row : row + 1]) for row in range(len(X))])
    np.testing.assert_allclose(trained.predict_proba(X), one_by_one, atol=1e-6)


def test_a_text_without_any_token_has_probabilities_too(trained: DistilBertStudent) -> None:
    assert np.isfinite(trained.predict_proba(np.zeros((1, MAX_TOKENS), dtype=np.float32))).all()


def test_another_seed_gives_another_student(trained: DistilBertStudent, tiny_model: Path) -> None:
    texts, labels = write_texts()
    other = tiny_student(tiny_model, seed=1)
    X = tokenize(tiny_model, texts)
    other.fit(X, labels)
    assert not np.array_equal(other.predict_proba(X), trained.predict_proba(X))


def test_training_leaves_the_random_numbers_of_others_alone(tiny_model: Path) -> None:
    texts, labels = write_texts(n_each=2)
    before = torch.random.get_rng_state()
    tiny_student(tiny_model, least_steps=2).fit(tokenize(tiny_model, texts), labels)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_a_rare_class_weighs_as_much_as_a_frequent_one(tiny_model: Path) -> None:
    """The texts are all the same, so that only the classes' weights can decide."""
    X = tokenize(tiny_model, ["the song was seen"] * 40)
    student = tiny_student(tiny_model, least_steps=200, learning_rate=0.01)
    student.fit(X, np.array(["frequent"] * 36 + ["rare"] * 4))
    np.testing.assert_allclose(student.predict_proba(X[:1]), 0.5, atol=0.2)


def test_embeddings_are_refused(trained: DistilBertStudent) -> None:
    with pytest.raises(StudentError, match="X holds no tokens"):
        trained.predict_proba(np.full((1, MAX_TOKENS), 0.25, dtype=np.float32))
    with pytest.raises(StudentError, match="X holds no tokens"):
        trained.predict_proba(np.full((1, MAX_TOKENS), -1.0, dtype=np.float32))


def test_tokens_of_a_larger_vocabulary_are_refused(trained: DistilBertStudent) -> None:
    with pytest.raises(StudentError, match="another tokenizer"):
        trained.predict_proba(np.full((1, MAX_TOKENS), 30000.0, dtype=np.float32))


def test_texts_longer_than_the_model_can_read_name_the_setting(tiny_model: Path) -> None:
    with pytest.raises(StudentError, match="32 tokens at most: lower MRARU_DISTILBERT_MAX_TOKENS"):
        tiny_student(tiny_model).fit(np.ones((2, 33), dtype=np.float32), np.array(["a", "b"]))


@pytest.mark.parametrize("model", ["no-such/model", "empty folder"])
def test_a_model_that_is_not_there_names_the_setting(model: str, tiny_model: Path, tmp_path: Path) -> None:
    student = tiny_student(tiny_model, model=str(tmp_path) if model == "empty folder" else model)
    with pytest.raises(StudentModelMissing, match="set MRARU_DISTILBERT_MODEL"):
        student.fit(np.ones((2, MAX_TOKENS), dtype=np.float32), np.array(["a", "b"]))


def test_labelled_texts_are_judged_in_three_folds_and_once(tiny_model: Path) -> None:
    n_fits = 0

    class Counted(DistilBertStudent):
        def fit(self, *arguments: object) -> None:
            nonlocal n_fits
            n_fits += 1
            super().fit(*arguments)  # type: ignore[arg-type]

    def make_inner() -> Counted:
        return Counted(tiny_options(tiny_model, least_steps=5))

    def make() -> CalibratedStudent:
        return CalibratedStudent(make_inner)

    texts, labels = write_texts()
    X = tokenize(tiny_model, texts)
    student = make()
    student.fit(X, labels)
    assert n_fits == 4, "the student, and one for each fold"
    judge_out_of_fold(student, make, X, labels, None, seed=0)
    assert n_fits == 4, "the folds of the calibration serve again"
    judge_out_of_fold(student.student, make_inner, X, labels, None, seed=0)
    assert n_fits == 7


@pytest.mark.parametrize("method", [each for each in CalibrationMethod if each is not CalibrationMethod.BY_QUESTION])
def test_every_calibration_is_kept_exactly(method: CalibrationMethod, tiny_model: Path, tmp_path: Path) -> None:
    texts, labels = write_texts()
    X = tokenize(tiny_model, texts)
    student = CalibratedStudent(lambda: tiny_student(tiny_model, least_steps=5), method)
    student.fit(X, labels)
    save_student(student, tmp_path / "student.safetensors")
    loaded = load_student(tmp_path / "student.safetensors")
    assert isinstance(loaded, CalibratedStudent)
    assert loaded.calibration.method is method
    np.testing.assert_array_equal(loaded.predict_proba(X), student.predict_proba(X))


def test_a_loaded_student_needs_the_published_model_no_more_and_can_learn_with_the_same_options(
    trained: DistilBertStudent, tiny_model: Path, tmp_path: Path
) -> None:
    save_student(trained, tmp_path / "student.safetensors")
    program = (
        "import sys, pathlib, numpy as np\n"
        "from mraru.students.student_files import load_student\n"
        "student = load_student(pathlib.Path(sys.argv[1]))\n"
        "student.options.model.startswith('/') or sys.exit(2)\n"
        f"student.predict_proba(np.ones((1, {MAX_TOKENS}), dtype=np.float32))\n"
    )
    elsewhere = tiny_model.with_name("moved")
    tiny_model.rename(elsewhere)
    try:
        done = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / "student.safetensors")], check=False, capture_output=True
        )
    finally:
        elsewhere.rename(tiny_model)
    assert (done.returncode, done.stderr) == (0, b"")
    loaded = load_student(tmp_path / "student.safetensors")
    assert isinstance(loaded, DistilBertStudent)
    assert loaded.options == trained.options


def test_damaged_files_are_named(trained: DistilBertStudent, tmp_path: Path) -> None:
    path = tmp_path / "student.safetensors"
    with pytest.raises(StudentFileInvalid, match=r"student\.safetensors"):
        load_student(path)
    save_student(trained, path)
    content = path.read_bytes()
    for damage in (b"", content[:-10], content[10:], b"PK\x03\x04 no weights"):
        path.write_bytes(damage)
        with pytest.raises(StudentFileInvalid, match=r"student\.safetensors"):
            load_student(path)


@pytest.mark.parametrize(
    "changed", [{"format": 99}, {"classes": ["a", "b"]}, {"config": {"model_type": "no such"}}, {"options": {"x": 1}}]
)
def test_files_whose_parts_do_not_fit_together_are_refused(
    changed: dict[str, object], trained: DistilBertStudent, tmp_path: Path
) -> None:
    path = tmp_path / "student.safetensors"
    save_student(trained, path)
    with safe_open(path, framework="pt") as file:
        about = json.loads(file.metadata()["mraru"]) | changed
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    save_file(weights, path, metadata={"mraru": json.dumps(about)})
    with pytest.raises(StudentFileInvalid):
        load_student(path)


def test_a_file_without_one_of_the_weights_is_refused(trained: DistilBertStudent, tmp_path: Path) -> None:
    path = tmp_path / "student.safetensors"
    save_student(trained, path)
    with safe_open(path, framework="pt") as file:
        metadata, names = file.metadata(), sorted(file.keys())
        weights = {name: file.get_tensor(name) for name in names[1:]}
    save_file(weights, path, metadata=metadata)
    with pytest.raises(StudentFileInvalid, match=r"Missing key"):
        load_student(path)


def test_each_kind_of_student_has_its_ending(trained: DistilBertStudent, tmp_path: Path) -> None:
    with pytest.raises(StudentError, match=r"cannot be saved as student\.skops"):
        save_student(trained, tmp_path / "student.skops")
    with pytest.raises(StudentError, match=r"cannot be saved as student\.safetensors"):
        save_student(LogisticRegressionStudent(), tmp_path / "student.safetensors")
    with pytest.raises(StudentError, match="has not been trained"):
        save_student(DistilBertStudent(), tmp_path / "student.safetensors")
    assert list(tmp_path.iterdir()) == []
