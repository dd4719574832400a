"""Fixtures of the centre's tests. What touches the database runs on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser
from pydantic import SecretStr

from central.centre import CentreParts, assemble
from central.settings import FileSettings, Settings
from central.store.database import Database
from tests.central import postgres
from tests.central.browser import Clerk, Watch, chromium
from tests.central.clerkwork import AtWork
from tests.central.desk import people
from tests.central.office import OfficeRig
from tests.central.rig import RunningCentre, initialised, running_centre
from tests.central.services_rig import wipe
from tests.central.terminal import Terminal


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """An initialised centre that is not running."""
    if request.param == "sqlite":
        yield initialised(tmp_path / "centre")
        return
    url = postgres.new_database()
    try:
        yield initialised(tmp_path / "centre", url)
    finally:
        postgres.give_back(url)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """A database with all tables and no rows."""
    opened = Database.open(settings.database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OfficeRig]:
    """Casework with two places and their staff, for all tests of a module: each works on cases of its own."""
    folder = tmp_path_factory.mktemp("office")
    url = "" if request.param == "sqlite" else postgres.new_database()
    settings = initialised(folder / "centre", url)
    opened = Database.open(settings.database_url)
    yield OfficeRig(opened, folder)
    opened.close()
    if url:
        postgres.give_back(url)


@pytest.fixture
def office(shared_office: OfficeRig) -> OfficeRig:
    """The same, as on the first morning: its time, what was issued and sent, and what places grant each other."""
    shared_office.begin_anew()
    return shared_office


@pytest.fixture
def parts(settings: Settings) -> Iterator[CentreParts]:
    """A centre's parts, without HTTP."""
    assembled = assemble(settings)
    yield assembled
    assembled.close()


@pytest.fixture
def centre(settings: Settings) -> Iterator[RunningCentre]:
    """A fresh centre on loopback."""
    with running_centre(settings) as running:
        yield running


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCentre]:
    """A running centre with units and staff, for all tests of a module."""
    url = "" if request.param == "sqlite" else postgres.new_database()
    with running_centre(initialised(tmp_path_factory.mktemp("town") / "centre", url)) as running:
        people(running.parts)
        yield running
    if url:
        postgres.give_back(url)


@pytest.fixture
def town(shared_town: RunningCentre) -> RunningCentre:
    """The same without any case: everything but units, staff and what they granted is wiped."""
    wipe(shared_town.parts.database)
    return shared_town


@pytest.fixture(scope="module")
def bucket() -> Iterator[FileSettings]:
    """A bucket of an S3 double on loopback."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    requests.put(f"{endpoint}/pages", timeout=10).raise_for_status()
    yield FileSettings(
        kind="s3", endpoint=endpoint, bucket="pages", access_key_id="id", secret_access_key=SecretStr("s3-secret")
    )
    server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with chromium() as running:
        yield running


@pytest.fixture
def terminal(town: RunningCentre, tmp_path: Path) -> Iterator[Terminal]:
    """A terminal that hands in at the town's centre."""
    with Terminal(town, tmp_path) as standing:
        yield standing


@pytest.fixture
def watch(town: RunningCentre) -> Iterator[Watch]:
    """Over every page of the test: at the end nothing may have gone wrong."""
    watching = Watch(town.url)
    yield watching
    assert watching.troubles == []


@pytest.fixture
def at_work(browser: Browser, town: RunningCentre, watch: Watch) -> Iterator[AtWork]:
    """Clerks with browsers of their own."""
    there: list[Clerk] = []

    def come(login: str, **options: object) -> Clerk:
        there.append(Clerk.at_work(browser, town, login, watch, **options))
        return there[-1]

    yield come
    for clerk in there:
        clerk.leaves()
