"""The built-in teacher keeps the laws of teachers."""

from __future__ import annotations

import pytest

from fakes.embedders import CountingEmbedder
from mraru.teachers.zero_shot.zero_shot_teacher import ZeroShotTeacher
from mraru.testing import TeacherLaws
from mraru.testing.teacher_laws import MakeTeacher


class TestZeroShotTeacher(TeacherLaws):
    @pytest.fixture(scope="class")
    @classmethod
    def make_teacher(cls) -> MakeTeacher:
        return lambda job: ZeroShotTeacher(CountingEmbedder(), job.schema)
