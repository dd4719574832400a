"""The tables: a new centre, an old one and a newer one are told apart, and the migration makes what the models say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from click.testing import CliRunner
from sqlalchemy import text

from central.cli import main
from central.store import migrations
from central.store.database import Database, DatabaseError, engine_of
from central.store.migrate import configuration, migrate
from central.store.models import Base
from tests.central import postgres
from tests.central.rig import initialised


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with nothing in it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    url = postgres.new_database("template0")
    yield url
    postgres.give_back(url)


def execute(url: str, statement: str) -> None:
    engine = engine_of(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_the_migration_makes_exactly_the_tables_of_the_models(empty: str) -> None:
    """If this fails after a change of the models: python tools/initial_migration.py"""
    migrate(empty)
    engine = engine_of(empty)
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata)
        assert found == []
        assert ScriptDirectory.from_config(configuration(connection)).get_heads() == [migrations.HEAD]
    engine.dispose()


def test_migrating_twice_changes_nothing_and_the_database_opens(empty: str) -> None:
    migrate(empty)
    migrate(empty)
    Database.open(empty).close()


def test_a_database_without_tables_says_what_to_do(empty: str) -> None:
    with pytest.raises(DatabaseError, match="central migrate"):
        Database.open(empty)


@pytest.mark.parametrize(("revision", "said"), [("9999", "newer version"), ("0000", "earlier version")])
def test_tables_of_another_version_are_not_touched(empty: str, revision: str, said: str) -> None:
    migrate(empty)
    execute(empty, f"UPDATE alembic_version SET version_num = '{revision}'")
    with pytest.raises(DatabaseError, match=said):
        Database.open(empty)


@pytest.mark.parametrize(
    "url", ["", "nonsense", "mysql://root:hunter2@db/x", "postgresql://root:hunter2@db/x", "sqlite://"]
)
def test_a_url_of_something_else_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(DatabaseError) as caught:
        Database.open(url)
    assert "hunter2" not in str(caught.value)


def test_a_server_that_is_away_is_one_line_without_the_password(tmp_path: Path) -> None:
    url = f"postgresql+psycopg://centre:hunter2@/tongban?host={tmp_path}"
    with pytest.raises(DatabaseError, match="cannot be used") as caught:
        Database.open(url)
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_commands_make_and_keep_up_a_centre_on_postgresql(tmp_path: Path) -> None:
    url = postgres.new_database("template0")
    data = tmp_path / "centre"
    try:
        made = CliRunner().invoke(main, ["init", "--data", str(data), "--database", url])
        assert made.exit_code == 0, made.output
        assert (data / "central.toml").stat().st_mode & 0o777 == 0o600
        again = CliRunner().invoke(main, ["migrate", "--data", str(data)])
        assert (again.exit_code, again.output) == (0, "the database is up to date\n")
        exported = CliRunner().invoke(main, ["export", "--data", str(data), "--out", str(tmp_path / "out")])
        assert (exported.exit_code, exported.output) == (0, "")
        assert not (data / "central.db").exists()
    finally:
        postgres.give_back(url)


def test_a_new_centre_lets_every_place_work_for_every_other(tmp_path: Path) -> None:
    assert CliRunner().invoke(main, ["init", "--data", str(tmp_path / "c")]).exit_code == 0
    engine = engine_of(f"sqlite:///{tmp_path / 'c' / 'central.db'}")
    with engine.connect() as connection:
        rows = connection.execute(text('SELECT "right" FROM "grant" WHERE grantor_region = \'*\'')).scalars()
        assert sorted(rows) == ["collect", "deliver_result", "notify_once", "verify_original"]
    engine.dispose()


def test_serving_an_unmigrated_centre_is_a_plain_sentence(tmp_path: Path) -> None:
    settings = initialised(tmp_path / "centre")
    execute(settings.database_url, "DROP TABLE alembic_version")
    answer = CliRunner().invoke(main, ["serve", "--data", str(settings.data)])
    assert answer.exit_code == 1
    assert answer.output == "Error: the database has no tables yet; run `central migrate`\n"
