"""What subcommands share: the data folder, and the centre opened on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from central.casework.acts import Refused
from central.centre import CentreParts, assemble
from central.keys import KeysUnusable
from central.settings import SettingsError, load
from central.store.database import DatabaseError

data_option = click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), required=True, help="The centre's data folder."
)


@contextmanager
def opened(data: Path) -> Iterator[CentreParts]:
    """The centre's parts, let go of afterwards. What goes wrong is said in one line."""
    try:
        centre = assemble(load(data))
    except (KeysUnusable, DatabaseError, SettingsError, OSError) as error:
        raise click.ClickException(str(error)) from None
    try:
        yield centre
    except Refused as refused:
        raise click.ClickException(refused.why.en) from None
    finally:
        centre.close()
