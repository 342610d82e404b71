"""Wires every part from the settings; the only place that knows which class stands behind a protocol.

`services` holds everything that a process may need and puts the factories together, one a kind of part. Most commands
read the store alone, so what takes long to import (scikit-learn, the clients of OpenAI and Label Studio) is imported
where it is used.
"""

from mraru.bootstrap.services import Services

__all__ = ["Services"]
