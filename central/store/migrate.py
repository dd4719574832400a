"""Bringing a database to the tables of this software."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from central.store import migrations
from central.store.database import engine_of, unusable

_FOLDER = Path(migrations.__file__).parent


def migrate(url: str) -> None:
    """Make the tables of an empty database, or bring those of an earlier version up to date: all or nothing.

    Raises:
        DatabaseError
    """
    engine = engine_of(url)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            command.upgrade(configuration(connection), "head")
            connection.commit()
    except DBAPIError as error:
        raise unusable(error) from None
    finally:
        engine.dispose()


def configuration(connection: Connection) -> Config:
    """Alembic's settings for work on `connection`. There is no alembic.ini."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("path_separator", "os")
    return config
