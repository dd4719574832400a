"""Fixtures of the centre's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.central.rig import RunningCentre, initialised, running_centre


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[RunningCentre]:
    """A fresh centre on loopback."""
    with running_centre(initialised(tmp_path / "centre")) as running:
        yield running
