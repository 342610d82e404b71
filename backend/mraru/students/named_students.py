"""Students by their names: ours, those of installed packages, and classifiers of scikit-learn by their class."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module

from mraru.errors import PluginInvalid
from mraru.plugins import PluginGroup, load_plugin
from mraru.students.estimator_student import make_student_type
from mraru.students.gradient_boosting import GradientBoostingStudent
from mraru.students.linear_discriminant import LinearDiscriminantStudent
from mraru.students.logistic_regression import LogisticRegressionStudent
from mraru.students.random_forest import RandomForestStudent
from mraru.students.scikit_student import ScikitStudent
from mraru.students.support_vector_machine import SupportVectorMachineStudent

# Those over embeddings; DistilBERT reads tokens, and is made apart.
OWN_STUDENTS: Mapping[str, type[ScikitStudent]] = {
    LogisticRegressionStudent.name: LogisticRegressionStudent,
    SupportVectorMachineStudent.name: SupportVectorMachineStudent,
    LinearDiscriminantStudent.name: LinearDiscriminantStudent,
    RandomForestStudent.name: RandomForestStudent,
    GradientBoostingStudent.name: GradientBoostingStudent,
}


@cache
def find_student_type(name: str) -> type[ScikitStudent]:
    """The student type of this name.

    Raises:
        PluginInvalid: there is none, or it is not what a student must be.
    """
    if name in OWN_STUDENTS:
        return OWN_STUDENTS[name]
    if ":" in name:
        return make_student_type(name, _import_class(name))
    brought = load_plugin(PluginGroup.STUDENTS, name)
    if isinstance(brought, type) and issubclass(brought, ScikitStudent):
        if brought.name != name:
            raise PluginInvalid(f"The student '{name}' calls itself '{brought.name}': both names must be the same.")
        return brought
    if not callable(brought):
        raise PluginInvalid(f"The student '{name}' must be a class or a function, not a {type(brought).__name__}.")
    return make_student_type(name, brought)


def _import_class(path: str) -> type:
    """A class of scikit-learn by its module and name."""
    module, _, name = path.partition(":")
    if module.split(".")[0] != "sklearn":
        raise PluginInvalid(f"'{path}': only classes of scikit-learn can be named so; others come as entry points.")
    try:
        found = getattr(import_module(module), name)
    except (ImportError, AttributeError) as exc:
        raise PluginInvalid(f"There is no '{path}' in the scikit-learn that is installed.") from exc
    if not isinstance(found, type):
        raise PluginInvalid(f"'{path}' is no class.")
    return found
