"""The main job, as a citizen plays it: real processes, real bytes, real widgets. If one of these fails, somebody who
came at night goes home with nothing, with a slip for something that never arrived, or with another person's data."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from kiosk.demo.results import wait_for_pilot
from tests.end_to_end.rig import PERSONAS, Terminal, until

pytestmark = pytest.mark.timeout(180)


@pytest.mark.req("R003", "R004", "R063", "R171")
@pytest.mark.parametrize(
    ("item", "person", "mode", "card_kind"),
    [
        ("C001", "wang", "full_online", "resident"),
        ("C003", "foreigner_2023", "collect_and_forward", "foreign_permanent_resident_2023"),
        ("C004", "yan", "multi_site_A", "resident"),
    ],
)
def test_an_application_arrives_as_it_was_entered(
    terminal: Terminal, item: str, person: str, mode: str, card_kind: str
) -> None:
    citizen = terminal.plays(item, person)
    assert citizen.passed[-3:] == ["done", "take_card", "goodbye"]
    (application,) = terminal.arrived()
    who, plan = PERSONAS[person], citizen.plan
    applicant = application["applicant"]
    assert (application["item"]["id"], application["mode"]) == (item, mode)
    assert application["handling_region"]["code"] == plan.place[-1]
    assert application["receiving_region"]["code"] == "150785"
    assert (applicant["card_kind"], applicant["name"]) == (card_kind, who.name)
    assert (applicant["id_number"], applicant["birth_date"]) == (who.id_number, who.birth_date.isoformat())
    assert applicant["english_name"] == who.english_name
    assert application["phone"] == who.phone
    assert application["delivery"]["method"] == plan.delivery
    assert len(application["situations"]) == len(plan.answers["situation"])
    form = {field["key"]: field["value"] for field in application["form"]}
    for key, answer in plan.answers.items():
        if key == "situation":
            continue
        if isinstance(answer, tuple):
            assert form[key].endswith(answer[-1])
        elif answer.isdigit():
            assert form[key].replace("-", "") == answer
        else:
            assert form[key]
            assert form[key] == answer or answer.isascii()  # a choice arrives as the words that were tapped
    photographed = [m for m in application["materials"] if m["met_by"] == "pages"]
    assert len(photographed) == len(plan.papers)
    assert application["network_away"] is False


@pytest.mark.req("R063")
def test_the_slip_has_the_number_and_promises_nothing(terminal: Terminal) -> None:
    terminal.plays("C003", "wang")
    who = PERSONAS["wang"]
    (number,) = terminal.numbers()
    (slip,) = terminal.slips()
    (entry,) = terminal.entries()
    assert number in slip
    assert entry.query_code in slip
    assert "不代表已收件" in slip
    assert "0470-000-0000" in slip
    assert "待上传" not in slip
    assert who.name not in slip
    assert who.id_number not in slip
    assert who.phone not in slip


def test_two_citizens_after_each_other_share_nothing(terminal: Terminal) -> None:
    first = terminal.active_pid()
    terminal.plays("C003", "wang")
    until(lambda: first not in terminal.visit_pids(), "the first citizen's process is gone")
    shown: list[str] = []
    with wait_for_pilot(terminal) as pilot:

        def look(_screen: str) -> None:
            state = pilot.screen()
            shown.append(" ".join([state.title, *(target.label for target in state.targets)]))

        citizen = terminal.citizen(pilot, "C003", "zhao", before=look)
        citizen.plays()
        citizen.finishes()
    assert terminal.active_pid() != first
    applications = terminal.arrived()
    assert [a["applicant"]["name"] for a in applications] == [PERSONAS["wang"].name, PERSONAS["zhao"].name]
    assert len({a["slip_number"] for a in applications}) == 2
    wang = PERSONAS["wang"]
    assert not [words for words in shown if wang.name in words or wang.phone[-4:] in words]


@pytest.mark.req("R152")
def test_the_terminal_keeps_nothing_of_the_citizen(terminal: Terminal) -> None:
    terminal.wire.cut()  # what is sealed lies on the terminal's disk, waiting
    who = PERSONAS["yan"]
    needles = [
        form
        for word in (who.name, who.id_number, who.phone, who.address)
        for form in (
            word.encode(),
            word.encode("utf-16-le"),
            base64.b64encode(word.encode())[:-3],
            json.dumps(word).encode(),
        )
    ]
    seen: set[str] = set()

    def look(screen: str) -> None:
        seen.add(screen)
        for pid in (terminal.station_process().process.pid, *terminal.visit_pids()):
            for name in ("cmdline", "environ"):
                assert not _any(needles, Path(f"/proc/{pid}/{name}").read_bytes()), (pid, name)

    terminal.plays("C004", "yan", before=look)
    assert "sign" in seen
    looked_at = 0
    for folder in (terminal.kiosk_data, terminal.logs):
        for path in folder.rglob("*"):
            assert not _any(needles, str(path).encode()), path
            if path.is_file():
                looked_at += 1
                assert not _any(needles, path.read_bytes()), path
    assert looked_at > 5  # the sealed files are among them


def _any(needles: list[bytes], content: bytes) -> bool:
    return any(needle in content for needle in needles)
