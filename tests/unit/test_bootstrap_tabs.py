from __future__ import annotations

from pathlib import Path

import pytest

from fakes.clocks import HandClock
from fakes.embedders import CountingEmbedder
from fakes.services import connect, make_services


@pytest.mark.parametrize("is_on", [True, False])
def test_tabs_are_kept_unless_the_setting_says_no(tmp_path: Path, is_on: bool) -> None:
    services = make_services(
        tmp_path, HandClock(), CountingEmbedder(), label_studio_url="http://localhost:8080", tabs=is_on
    )
    connect(services)
    assert (services.make_loop(1)._context.views is not None) == is_on
    services.store.close()
