"""A whole terminal of real processes: station, visits, virtual devices, centre; a citizen who touches the glass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from kiosk.demo.processes import Demonstration

SETTINGS = Path(__file__).parents[2] / "config.toml"


@pytest.fixture
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Demonstration]]:
    """Starts terminals that end with the test. Sockets need a short path, so not `tmp_path`."""
    with ExitStack() as ends:

        def start(**options: bool) -> Demonstration:
            folder = tmp_path_factory.mktemp("t")
            return ends.enter_context(Demonstration(SETTINGS, folder, **options))

        yield start
