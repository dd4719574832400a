"""A PostgreSQL server for benchmarks: durable as installed, with the memory a small machine would give it."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.central.postgres import make_tables, programs

OPTIONS = {
    "listen_addresses": "",
    "shared_buffers": "512MB",
    "effective_cache_size": "1500MB",
    "max_wal_size": "4GB",
    "random_page_cost": "1.1",
    "max_connections": "100",
    "log_min_messages": "fatal",
}
"""fsync, synchronous_commit and autovacuum stay on."""


@contextmanager
def cluster() -> Iterator[str]:
    """Start a fresh server; yields the URL of an empty database with all tables."""
    folder = tempfile.mkdtemp(prefix="tongban-bench-pg-")
    run: dict[str, object] = {"cwd": folder, "env": {**os.environ, "LC_ALL": "C"}}
    if os.geteuid() == 0:  # it refuses to run as root
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        run |= {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    tools, data = programs(), f"{folder}/data"
    made = [str(tools / "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale"]
    subprocess.run(made, check=True, stdout=subprocess.DEVNULL, **run)  # type: ignore[call-overload]
    options = [
        part
        for name, value in {**OPTIONS, "unix_socket_directories": folder}.items()
        for part in ("-c", f"{name}={value}")
    ]
    server = subprocess.Popen([str(tools / "postgres"), "-D", data, *options], **run)  # type: ignore[call-overload]
    try:
        until = time.monotonic() + 30
        while subprocess.run([str(tools / "pg_isready"), "-q", "-h", folder, "-U", "postgres"], check=False).returncode:
            if time.monotonic() > until:
                raise TimeoutError("PostgreSQL does not start")
            time.sleep(0.05)
        subprocess.run(
            [str(tools / "createdb"), "-h", folder, "-U", "postgres", "bench"],
            check=True,
            **run,  # type: ignore[call-overload]
        )
        url = f"postgresql+psycopg://postgres@/bench?host={folder}"
        make_tables(url)
        yield url
    finally:
        server.send_signal(signal.SIGINT)  # fast: whoever is connected is not waited for
        server.wait(30)
        shutil.rmtree(Path(folder), ignore_errors=True)
