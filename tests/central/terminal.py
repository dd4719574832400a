"""A terminal, for journeys: what it hands in and asks goes through its own outbox, sender and client, over the wire."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import requests

from kiosk.outbox.client import CentreClient
from kiosk.outbox.sender import Sender
from kiosk.outbox.store import open_store
from kiosk.outbox.submit import next_slip_number, submit
from kiosk.protocol.application import Item, Material, Mode, Page, Region
from kiosk.protocol.messages import ProgressQuery
from kiosk.protocol.progress import Progress
from kiosk.protocol.voices import RatingRequest
from tests.central.casefolk import page_picture
from tests.central.citizen import Citizen, dump, send
from tests.central.desk import HANDLING, PLACES
from tests.central.rig import REGION, RunningCentre, application_of, ref

ITEMS = {
    Mode.FULL_ONLINE: ("C001", "异地就医结算备案"),
    Mode.COLLECT_AND_FORWARD: ("C010", "工作调动户口迁移"),
    Mode.MULTI_SITE_A: ("C004", "企业职工基本养老保险关系转移接续"),
    Mode.MULTI_SITE_B: ("C109", "小型非营运二手车交易登记（异地转移登记档案电子化转递）"),
}
"""What is applied for in each mode: of the collected one the originals are examined, so its papers are posted."""
PAPERS = {"C001": (("CARD", "社会保障卡"),), "C010": (("HK", "居民户口簿"), ("BASIS", "调动证明"))}
"""The materials with pages."""
OTHER_PAPERS = (("CERT", "缴费凭证"),)


@dataclass
class Terminal:
    """The terminal in 乌审旗 with its store; a context manager."""

    centre: RunningCentre
    folder: Path

    def __post_init__(self) -> None:
        self.store = open_store(self.folder / "kiosk.db")
        self.sender = Sender(self.store, self.centre.url)
        self.client = CentreClient(self.centre.url)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.client.close()
        self.sender.close()
        self.store.close()

    def hand_in(
        self, mode: Mode, persona: str = "wang", *, further: tuple[str, ...] = (), without: str = "", **changes: Any
    ) -> Citizen:
        """Somebody confirms an application (`without` one material), and it is sent: the case exists when this returns."""
        item, name = ITEMS[mode]
        papers = [paper for paper in PAPERS.get(item, OTHER_PAPERS) if paper[0] != without]
        photos = [page_picture(code, 900, 1260) for code, _ in papers]
        slip = next_slip_number(self.store, REGION, 3)
        application, files = application_of(persona, slip, photos, signature=page_picture("signature"))
        fields: dict[str, Any] = {
            "mode": mode,
            "item": Item(id=item, name=name, catalogue_version="2026-11-20.1"),
            "further_handling_regions": tuple(Region(code=one, name=PLACES[one][1]) for one in further),
            "handling_region": Region(code=HANDLING, name=PLACES[HANDLING][1]),
            "materials": (
                Material(code="ID", name="居民身份证", met_by="card"),
                *(
                    Material(code=code, name=paper, pages=(Page(file=ref(photo), paper="a4"),))
                    for (code, paper), photo in zip(papers, photos, strict=True)
                ),
                Material(code="FORM", name="申请表", met_by="form"),
                Material(code="SIGN", name="申请人签名", met_by="signature"),
            ),
        }
        application = application.model_copy(update={**fields, **changes})
        submit(self.store, application, files, self.centre.key)
        (sent,) = self.sender.run_once().acknowledged
        return Citizen(self.centre, persona, application, sent.case_number, files)

    def progress(self, citizen: Citizen) -> Progress:
        """What the query page of the terminal gets."""
        (found,) = self.client.progress(ProgressQuery(**dict(citizen.proof)))
        return found

    def rate(self, citizen: Citizen, score: int) -> requests.Response:
        """The citizen rates the case at the terminal."""
        key = uuid4()
        request = RatingRequest(
            request_id=key, kind="case", claim=citizen.claim, region_code=REGION, terminal_id="WSQ-03", score=score
        )
        return send(self.centre, "/api/v1/ratings", dump(request), key)
