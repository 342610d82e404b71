from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fakes.services import LABEL_CONFIG, LABELS, SERVED, MakeServices, connect
from fakes.tiny_distilbert import tiny_model, write_texts
from mraru.cli.server.serve import check_settings
from mraru.errors import NothingToPredictWith, SettingsError, StudentModelMissing
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.learning.training import student_path
from mraru.records import TaskText
from mraru.settings import load_settings
from mraru.students.calibration.calibrated import CalibratedStudent
from mraru.students.fine_tuned.distilbert import DistilBertStudent
from mraru.students.logistic_regression import LogisticRegressionStudent
from mraru.students.student_files import save_student

__all__ = ["tiny_model"]


def test_the_settings_reach_the_student_and_its_tokenizer(new_services: MakeServices) -> None:
    services = new_services(
        student="distilbert",
        distilbert_model="some/model",
        distilbert_epochs=7,
        distilbert_max_tokens=9,
        embedding_threads=2,
        seed=5,
        calibration="none",
    )
    student = services.students.make()
    assert isinstance(student, DistilBertStudent)
    options = student.options
    assert (options.model, options.epochs, options.threads, options.seed) == ("some/model", 7, 2, 5)
    assert services.student_embedder.name == "some/model-tokens-9"
    assert isinstance(new_services(student="distilbert").students.make(), CalibratedStudent)


def test_other_students_read_what_everything_else_reads(new_services: MakeServices) -> None:
    services = new_services()
    assert services.student_embedder is services.embedder


def test_meanings_are_still_embedded_by_the_embedding_model(new_services: MakeServices) -> None:
    services = new_services(student="distilbert")
    assert services.embedder.name == "counting"


def test_batch_diversity_is_refused_since_tokens_have_no_cosine() -> None:
    with pytest.raises(SettingsError, match=r"^MRARU_BATCH_DIVERSITY: compares embeddings"):
        load_settings(student="distilbert", batch_diversity=0.9)


def test_a_start_fetches_the_model_or_names_the_setting(new_services: MakeServices, tiny_model: Path) -> None:
    new_services(student="distilbert", distilbert_model=str(tiny_model)).students.fetch_model()
    new_services(distilbert_model="no-such/model").students.fetch_model()  # another student: nothing to fetch
    with pytest.raises(StudentModelMissing, match=r"'no-such/model'.*MRARU_DISTILBERT_MODEL"):
        new_services(student="distilbert", distilbert_model="no-such/model").students.fetch_model()


def test_serve_does_not_start_without_it(tmp_path: Path, tiny_model: Path) -> None:
    with pytest.raises(StudentModelMissing):
        check_settings(load_settings(model_dir=tmp_path, student="distilbert", distilbert_model="no-such/model"))


def test_tasks_are_predicted_from_their_tokens_and_a_student_of_embeddings_is_never_asked(
    new_services: MakeServices, tiny_model: Path, tmp_path: Path
) -> None:
    services = new_services(
        student="distilbert", distilbert_model=str(tiny_model), distilbert_max_tokens=12, calibration="none"
    )
    connect(services)
    services.store.projects.set_served(1, SERVED, 1)
    texts, topics = write_texts(n_classes=2)
    tasks = [TaskText(task_id=1, text=texts[0])]
    schema = parse_label_config(LABEL_CONFIG)
    earlier = LogisticRegressionStudent()
    earlier.fit(services.embedder.embed(texts), topics)
    save_student(earlier, student_path(tmp_path, 1, 1))
    with pytest.raises(NothingToPredictWith, match="must be trained anew"):
        services.predictor.predict(1, schema, tasks)

    student = services.students.make()
    labels = np.where(topics == topics[0], LABELS[0], LABELS[1])
    student.fit(services.student_embedder.embed(texts), labels)
    services.make_training(1, parse_label_config(LABEL_CONFIG)).save(student, 1)
    _, predictions = services.predictor.predict(1, schema, tasks)
    assert predictions[0] is not None
    assert predictions[0].label in LABELS
