"""A whole terminal of real processes: station, visits, virtual devices, centre; a citizen who touches the glass.

One terminal serves all tests of a process, because starting one takes seconds. `terminal` makes it whole before each
test, whatever the test before did to it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.end_to_end.rig import Terminal


@pytest.fixture(scope="session")
def running_terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """Sockets need a short path, so not `tmp_path`."""
    with Terminal(tmp_path_factory.mktemp("t")) as terminal:
        yield terminal


@pytest.fixture
def terminal(running_terminal: Terminal) -> Terminal:
    """As a citizen finds it who comes first in the morning."""
    running_terminal.make_whole()
    return running_terminal
