"""Finds what is wrong with an installation or a project, and says what to do; changes nothing and asks no LLM.

`all_checks` lists every check with what must be well for it, `examination` makes them in their order. A check is a
function that takes what is examined and gives findings. How they are shown is decided in `cli`.
"""

from mraru.doctor.examination import examine
from mraru.doctor.findings import Finding, Report, Severity

__all__ = ["Finding", "Report", "Severity", "examine"]
