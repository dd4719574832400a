"""The terminal's heartbeat: the centre knows how it is, and it hears of a newer catalogue."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from central.casework.who import SYSTEM
from central.catalogue import publishing
from central.catalogue.updating import CannotPublish, publish_bulletins, publish_missing
from central.store.models import Terminal
from kiosk.catalogue.held import news_of, read_held
from kiosk.config import Config, load
from kiosk.outbox.client import CentreClient
from kiosk.outbox.errors import DiskFull
from kiosk.outbox.store import Store, open_store
from kiosk.protocol.bulletins import of_the_day
from kiosk.station.heartbeat import UNHEARD_WAIT, Heartbeats
from kiosk.station.subscription import Subscription
from tests.central.rig import RunningCentre, hand_in, photo

SETTINGS = Path(__file__).parents[2] / "config.toml"


def config_of(centre: RunningCentre, folder: Path) -> Config:
    signing = centre.parts.keys.signing_public
    overrides = (f"paths.data={folder}", f"central.url={centre.url}", f"central.signing_key={signing}")
    return load(SETTINGS, overrides, check_devices=False)


def heart_of(centre: RunningCentre, folder: Path, store: Store) -> Heartbeats:
    config = config_of(centre, folder)
    subscription = Subscription(config.published_file, config.central.signing_key)
    return Heartbeats(config, lambda: store, (subscription,), lambda: CentreClient(centre.url))


@pytest.mark.req("R171")
def test_the_centre_hears_what_waits_and_the_terminal_of_a_newer_catalogue(
    centre: RunningCentre, tmp_path: Path
) -> None:
    store = open_store(tmp_path / "kiosk.db")
    hand_in(store, centre.key, [photo(2000)])
    heart, client = heart_of(centre, tmp_path, store), CentreClient(centre.url)
    with centre.parts.database.writing() as session:
        publish_missing(session, centre.parts.keys.signing, SYSTEM, centre.parts.now())
    assert heart.beat(client) >= 10
    held = Subscription(tmp_path / "catalogue.json", centre.parts.keys.signing_public).version()
    with centre.parts.database.reading() as session:
        newest = publishing.latest(session, "catalogue")
        terminal = session.scalars(select(Terminal)).one()
    assert newest is not None
    assert held == newest.version
    assert (terminal.terminal_id, terminal.region_code) == ("DEMO-01", "150785")
    assert terminal.status["outbox"]["waiting"] == 1
    heart.beat(client)
    with centre.parts.database.reading() as session:
        assert session.scalars(select(Terminal)).one().status["versions"] == [{"body": "catalogue", "version": held}]
    store.close()


def test_without_the_centre_it_waits_and_with_a_sick_store_it_still_beats(
    centre: RunningCentre, tmp_path: Path
) -> None:
    def sick() -> Store:
        raise DiskFull

    config = config_of(centre, tmp_path)
    heart = Heartbeats(config, sick, (Subscription(config.published_file, ""),), lambda: CentreClient(centre.url))
    assert heart.beat(CentreClient("http://127.0.0.1:9")) == UNHEARD_WAIT
    heart.beat(CentreClient(centre.url))
    with centre.parts.database.reading() as session:
        assert session.scalars(select(Terminal)).one().status["sequence"] == 2


@pytest.mark.req("R109")
def test_news_that_the_centre_publishes_is_held_by_the_terminal_for_its_days(
    centre: RunningCentre, tmp_path: Path
) -> None:
    words = {"zh": "社保卡补换提速", "en": "A new card sooner"}
    news = {"cards": {"title": words, "text": words, "since": "2026-12-01", "until": "2026-12-03"}}
    with centre.parts.database.writing() as session, pytest.raises(CannotPublish):
        publish_bulletins(session, centre.parts.keys.signing, {"cards": {"title": words}}, SYSTEM, centre.parts.now())
    with centre.parts.database.writing() as session:
        publish_bulletins(session, centre.parts.keys.signing, news, SYSTEM, centre.parts.now())
    config, renewed = config_of(centre, tmp_path), []
    subscription = Subscription(config.bulletins_file, config.central.signing_key, body="bulletins")
    store = open_store(tmp_path / "kiosk.db")
    heart = Heartbeats(
        config, lambda: store, (subscription,), lambda: CentreClient(centre.url), lambda: renewed.append(1)
    )
    for _ in range(2):
        heart.beat(CentreClient(centre.url))
    assert renewed == [1]  # a visit that nobody has begun is replaced once
    held = read_held(config.bulletins_file, config.central.signing_key, "bulletins")
    assert held is not None
    shown = {day: of_the_day(news_of(held, tmp_path), date(2026, 12, day)) for day in range(1, 5)}
    assert [one.title.zh for one in shown[1]] == ["社保卡补换提速"]
    assert shown[3]
    assert not shown[4]
    store.close()
