"""Wires every part from the settings; the only place that knows which class stands behind a protocol.

`services` holds everything that a process may need, `teachers` what stands around the LLM.
"""

from mraru.bootstrap.services import SAMPLERS, STUDENTS, Services

__all__ = ["SAMPLERS", "STUDENTS", "Services"]
