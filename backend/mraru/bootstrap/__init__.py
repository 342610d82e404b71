"""Wires every part from the settings; the only place that knows which class stands behind a protocol.

`services` holds everything that a process may need, `teachers` what stands around the LLM.
"""

from mraru.bootstrap.quality import quality_options
from mraru.bootstrap.samplers import ACCEPTANCE_RULES, SAMPLERS
from mraru.bootstrap.services import Services
from mraru.bootstrap.students import CALIBRATIONS, STUDENTS, UNCALIBRATED, make_student

__all__ = [
    "ACCEPTANCE_RULES",
    "CALIBRATIONS",
    "SAMPLERS",
    "STUDENTS",
    "UNCALIBRATED",
    "Services",
    "make_student",
    "quality_options",
]
