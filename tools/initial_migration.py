"""Writes central/store/migrations/versions/0001_tables.py anew from the models: python tools/initial_migration.py

Only as long as no centre has data to keep; afterwards a change of the models is a further migration.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Literal

from alembic import command
from sqlalchemy import JSON, BigInteger

from central.store import migrations
from central.store.database import engine_of
from central.store.migrate import configuration
from central.store.models.base import UtcTime

VERSIONS = Path(migrations.__file__).parent / "versions"


def render(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """The types of `central.store.models.base` by their names; everything else as Alembic does it."""
    if kind != "type":
        return False
    if isinstance(item, UtcTime):
        return "UtcTime()"
    if isinstance(item, JSON):
        return "Json"
    return "RowId" if isinstance(item, BigInteger) else False


def main() -> None:
    """Write the file and format it."""
    for old in VERSIONS.glob("0001_*.py"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        engine = engine_of(f"sqlite:///{folder}/empty.db")
        with engine.connect() as connection:
            config = configuration(connection)
            config.attributes["render_item"] = render
            command.revision(config, "The tables", autogenerate=True, rev_id=migrations.HEAD)
        engine.dispose()
    (made,) = VERSIONS.glob("0001_*.py")
    final = VERSIONS / "0001_tables.py"
    lines = made.read_text("utf-8").splitlines(keepends=True)
    final.write_text("".join(line for line in lines if not line.lstrip().startswith("# ###")), "utf-8")
    made.unlink()
    for arguments in (["check", "--fix", "--quiet"], ["format", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *arguments, str(final)], check=True)
    print(final)


if __name__ == "__main__":
    main()
