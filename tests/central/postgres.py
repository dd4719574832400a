"""A PostgreSQL server for the tests: one per test process, on a Unix socket in a folder of its own, nothing durable.

A shell supervises it and waits on a pipe from the test process: however that ends, also by kill -9, the pipe closes,
the server is stopped and the folder goes.
"""

from __future__ import annotations

import atexit
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path

import psycopg
from sqlalchemy import create_engine, text

from central.store import migrations
from central.store.models import Base

_SUPERVISOR = """
"$@" & server=$!
cat > /dev/null
kill -INT $server
wait $server
rm -rf "$FOLDER"
"""

_WIPE = """
SET session_replication_role = replica; -- foreign keys do not matter if every row goes
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT oid::regclass AS name, relkind FROM pg_class
               WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S') AND relname <> 'alembic_version'
    LOOP
        IF one.relkind = 'S' THEN
            PERFORM setval(one.name, 1, false);
        ELSE
            EXECUTE 'DELETE FROM ' || one.name;
        END IF;
    END LOOP;
END $$
"""

_numbers = itertools.count(1)
_with_tables: set[str] = set()
_wiped: list[str] = []


def programs() -> Path:
    """Where `initdb` and `postgres` are. Debian keeps them out of the PATH."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: int(place.parent.name))
    if places:
        return places[-1]
    found = shutil.which("initdb")
    if found is None:
        raise RuntimeError("PostgreSQL is not installed: tools/setup.sh installs it")
    return Path(found).resolve().parent


@cache
def server() -> str:
    """Start the server of this process, if there is none yet; returns the folder of its socket."""
    folder = tempfile.mkdtemp(prefix="tongban-pg-")
    run: dict[str, object] = {"cwd": folder, "env": {**os.environ, "FOLDER": folder, "LC_ALL": "C"}}
    if os.geteuid() == 0:  # it refuses to run as root
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        run |= {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    bin_folder, data = programs(), f"{folder}/data"
    made = [str(bin_folder / "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"]
    subprocess.run(made, check=True, stdout=subprocess.DEVNULL, **run)  # type: ignore[call-overload]
    options = {
        "listen_addresses": "",
        "unix_socket_directories": folder,
        "fsync": "off",
        "full_page_writes": "off",
        "autovacuum": "off",
        "jit": "off",  # no query of a test lasts as long as compiling it
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_connections": "300",
        "shared_buffers": "32MB",
        "log_min_messages": "fatal",
    }
    arguments = [str(bin_folder / "postgres"), "-D", data]
    arguments += [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
    supervisor = subprocess.Popen(  # type: ignore[call-overload]
        ["/bin/sh", "-c", _SUPERVISOR, "sh", *arguments], stdin=subprocess.PIPE, start_new_session=True, **run
    )
    atexit.register(_stop, supervisor)
    deadline = time.monotonic() + 60
    while not _answers(folder):
        if supervisor.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("the test PostgreSQL server did not start")
        time.sleep(0.02)
    return folder


def url(name: str = "postgres") -> str:
    """The URL of a database of the server."""
    return f"postgresql+psycopg://postgres@/{name}?host={server()}"


def new_database(template: str | None = None) -> str:
    """The URL of a fresh database: with all tables and no rows, or a copy of `template` (`template0`: empty)."""
    if template is None and _wiped:
        return url(_wiped.pop())
    name = f"test_{next(_numbers)}"
    _command(f"CREATE DATABASE {name} TEMPLATE {template or _template()}")
    if template is None:
        _with_tables.add(name)
    return url(name)


def give_back(database_url: str) -> None:
    """Be done with a database that `new_database` made. Whoever is still connected to it is thrown out.

    One with tables is wiped for the next who wants one: that costs a twentieth of dropping it and making another.
    """
    name = database_url.split("?")[0].rsplit("/", 1)[1]
    if name not in _with_tables:
        _command(f"DROP DATABASE {name} WITH (FORCE)")
        return
    _command(f"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{name}'")
    with psycopg.connect(f"host={server()} user=postgres dbname={name}", autocommit=True) as connection:
        connection.execute(_WIPE)
    _wiped.append(name)


def make_tables(database_url: str) -> None:
    """The tables straight from the models: test_migrations shows that the migration makes the same."""
    engine = create_engine(database_url)
    with engine.begin() as connection:
        Base.metadata.create_all(connection)
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": migrations.HEAD})
    engine.dispose()


@cache
def _template() -> str:
    _command("CREATE DATABASE tables TEMPLATE template0")
    make_tables(url("tables"))
    return "tables"


@cache
def _connection() -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(f"host={server()} user=postgres dbname=postgres", autocommit=True)


def _answers(folder: str) -> bool:
    try:
        psycopg.connect(f"host={folder} user=postgres dbname=postgres").close()
    except psycopg.OperationalError:
        return False
    return True


def _command(sql: str) -> None:
    _connection().execute(sql.encode())


def _stop(supervisor: subprocess.Popen[bytes]) -> None:
    if supervisor.stdin is not None:
        supervisor.stdin.close()
    supervisor.wait(30)
