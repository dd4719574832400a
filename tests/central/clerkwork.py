"""What clerks do in every journey through the desk, and where they sit: for tests in real Chromium (`conftest.py` has their fixtures)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from central.casework.terms import Right
from central.store.models import Grant
from kiosk.protocol.application import Delivery, DeliveryMethod, Material, Page
from tests.central import postgres
from tests.central.browser import Clerk
from tests.central.citizen import Citizen
from tests.central.desk import HANDLING, RECEIVING, people
from tests.central.rig import RunningCentre, initialised, ref, running_centre

on_sqlite = pytest.mark.parametrize("shared_town", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("shared_town", ["postgresql"], indirect=True)
HALL, THEIR_HALL, DEPARTMENT = f"hall.{RECEIVING}", f"hall.{HANDLING}", f"dept.{HANDLING}"
ELECTRONIC = Delivery(method=DeliveryMethod.ELECTRONIC)
AtWork = Callable[..., Clerk]


@contextmanager
def granted_town(kind: str, folder: Path, **changes: Any) -> Iterator[RunningCentre]:
    """A running centre on `kind` of database, with its staff, where every place grants every other one all rights."""
    url = "" if kind == "sqlite" else postgres.new_database()
    with running_centre(dataclasses.replace(initialised(folder / "centre", url), **changes)) as running:
        people(running.parts)
        with running.parts.database.writing() as session:
            since = running.parts.now() - timedelta(days=400)
            session.add_all(Grant(grantor_region="*", grantee_region="*", right=one, since=since) for one in Right)
        yield running
    if url:
        postgres.give_back(url)


def material(code: str, name: str, photo: bytes) -> Material:
    """A material of one page."""
    return Material(code=code, name=name, pages=(Page(file=ref(photo), paper="a4"),))


def check_materials(clerk: Clerk) -> None:
    """The formal check on the case page: every material is right, originals were seen."""
    papers = clerk.main.get_by_role("article")
    for number in range(papers.count()):
        paper = papers.nth(number)
        original = paper.get_by_label("已核验原件")
        if original.count():
            original.check()
        clerk.press("✓ 整份符合", paper)
        expect(paper).not_to_contain_text("待核对")


def approve(department: Clerk, citizen: Citizen) -> None:
    """The department reviews, decides and issues the result."""
    department.open_case("待审查", citizen.case_number)
    department.act("开始审查")
    department.act("准予")
    issue(department)


def issue(clerk: Clerk) -> None:
    clerk.begin("出证")
    clerk.fill("证照或决定编号", "平公户准〔2026〕118号")
    clerk.press("出证")
    clerk.done("出证")
