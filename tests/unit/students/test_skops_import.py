from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import mraru

PROGRAM = """
import sys
import numpy as np
from pathlib import Path
from mraru.students.logistic_regression import LogisticRegressionStudent
from mraru.students.student_files import load_student, save_student
from mraru.students.skops_import import TORCH_ADAPTER

student = LogisticRegressionStudent(0)
student.fit(np.eye(4, dtype=np.float32), np.array(["a", "b", "a", "b"]))
save_student(student, Path("student.skops"))
assert list(load_student(Path("student.skops")).classes_) == ["a", "b"]
assert "torch" not in sys.modules
assert TORCH_ADAPTER not in sys.modules
"""


def test_to_save_and_load_a_student_takes_no_torch(tmp_path: Path) -> None:
    environment = {"PYTHONPATH": str(Path(mraru.__file__).parents[1])}
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
