from pathlib import Path

from kiosk.outbox.sender import Sender
from kiosk.outbox.store import open_store
from tests.central.rig import *


def test_smoke(tmp_path: Path) -> None:
    with running_centre(initialised(tmp_path / "centre")) as centre:
        store = open_store(tmp_path / "kiosk" / "store.db")
        s = hand_in(store, centre.key, [photo(3 * 1024 * 1024), photo(5000, 2)])
        r = Sender(store, centre.url).run_once()
        print(r)
        assert len(r.acknowledged) == 1
