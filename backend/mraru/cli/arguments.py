"""Arguments that many commands take."""

from __future__ import annotations

from typing import Annotated

import typer

ProjectArgument = Annotated[int, typer.Argument(help="Number of the project, as in its address in Label Studio.")]
