"""Sample pictures: chosen at the desk, reviewed and published with the item, and on a terminal's screen without a network."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from central.casework.who import SYSTEM
from central.catalogue import editing
from central.catalogue.updating import publish_missing
from central.store.models import Draft
from kiosk.catalogue import SHIPPED_FOLDER, Catalogue
from kiosk.catalogue.held import read_held
from kiosk.catalogue.samples import Shelf
from kiosk.outbox.client import CentreClient
from kiosk.station.samples import SampleFetcher
from kiosk.station.subscription import Subscription
from tests.central.casefolk import page_picture
from tests.central.desk import Desk, people, sign_in
from tests.central.rig import RunningCentre

ITEM = "C023"
on_sqlite = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
CAPTION = {"material": "FORM", "zh": "户籍证明申请表样表", "en": "The form, filled in"}


@pytest.fixture
def editor(centre: RunningCentre) -> Desk:
    """The editor with a draft of the item, at a centre that has published what came with the software."""
    people(centre.parts)
    with centre.parts.database.writing() as session:
        publish_missing(session, centre.parts.keys.signing, SYSTEM, centre.parts.now())
    desk = sign_in(centre, "editor")
    desk.post(f"/desk/catalogue/items/{ITEM}/edit")
    return desk


def draft_of(centre: RunningCentre) -> Draft:
    with centre.parts.database.reading() as session:
        return session.scalars(select(Draft).where(Draft.key == ITEM, Draft.state.in_(editing.OPEN))).one()


def send(centre: RunningCentre, desk: Desk, picture: bytes = b"", name: str = "a.png", **fields: str) -> int:
    draft = draft_of(centre)
    given = {"version": str(draft.version), "do": "save", **fields}
    for index, one in enumerate(json.loads(draft.content)["samples"]):
        given |= {f"{language}.{index}": one["caption"][language] for language in ("zh", "en")}
    files = {"picture": (name, picture, "image/png")}
    return desk.post(f"/desk/catalogue/drafts/{draft.id}/samples", given, files=files).status_code


def do(centre: RunningCentre, desk: Desk, what: str) -> None:
    draft = draft_of(centre)
    page = desk.post(f"/desk/catalogue/drafts/{draft.id}", {"version": str(draft.version), "do": what})
    assert page.status_code == 200


@pytest.mark.req("R120")
def test_a_sample_chosen_at_the_desk_is_on_the_screen_of_a_terminal_that_has_no_network(
    centre: RunningCentre, editor: Desk, tmp_path: Path
) -> None:
    chosen = page_picture("样本", 700, 990)
    assert send(centre, editor, chosen, **CAPTION) == 200
    sample = json.loads(draft_of(centre).content)["samples"][-1]
    assert sample["sha256"] in editor.get(f"/desk/catalogue/drafts/{draft_of(centre).id}?section=samples").text
    do(centre, editor, "hand_in")
    reviewer = sign_in(centre, "reviewer")
    assert sample["sha256"] in reviewer.get(f"/desk/catalogue/drafts/{draft_of(centre).id}").text
    do(centre, reviewer, "approve")
    assert reviewer.post("/desk/catalogue/publish").status_code == 200

    file, folder, key = tmp_path / "catalogue.json", tmp_path / "samples", centre.parts.keys.signing_public
    client = CentreClient(centre.url)
    assert Subscription(file, key).ask(client) is not None
    SampleFetcher(file, key, folder, SHIPPED_FOLDER).fetch(client)
    held, shelf = read_held(file, key), Shelf(folder)
    assert held is not None
    catalogue = Catalogue.published(held.version, held.values(), file)
    shown = catalogue.samples_of(ITEM, "FORM")[-1]
    assert (shown.caption.zh, shown.caption.en) == (CAPTION["zh"], CAPTION["en"])
    with Image.open(io.BytesIO(shelf[shown.sha256])) as picture:
        assert (picture.format, picture.size) == ("JPEG", (700, 990))
    assert list(shelf) == [shown.sha256]  # what came with the software is not fetched
    assert shelf[shown.sha256] != chosen  # no byte of a stranger's file


@on_sqlite
@pytest.mark.req("R120")
def test_what_is_no_picture_or_has_no_caption_is_refused_and_a_sample_is_removed_again(
    centre: RunningCentre, editor: Desk
) -> None:
    picture = page_picture("x")
    for wrong in (b"%PDF-1.7\n", picture[:200], b"\0" * 1_500_001):
        assert send(centre, editor, wrong, **CAPTION) == 409
    assert send(centre, editor, picture, **{**CAPTION, "en": ""}) == 409
    held = len(json.loads(draft_of(centre).content)["samples"])
    assert send(centre, editor, picture, **{**CAPTION, "material": "NONE"}) == 200
    draft = draft_of(centre)
    refused = editor.post(f"/desk/catalogue/drafts/{draft.id}", {"version": str(draft.version), "do": "hand_in"})
    assert refused.status_code == 409
    assert "样本所属的材料" in refused.text
    assert send(centre, editor, do=f"remove:{held}") == 200
    assert len(json.loads(draft_of(centre).content)["samples"]) == held
    assert sign_in(centre, "reviewer").post(f"/desk/catalogue/drafts/{draft.id}/samples").status_code == 403
    assert centre.get("/api/v1/samples/" + "0" * 64).status_code == 404
