"""Staff against the rules: whatever address is called, with whatever identifiers and fields, by somebody whose business it is
not, the answer is no, nothing has changed, and nothing broke. The addresses are read from the desk itself, so that a page
that comes later is tried too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from central import platforms
from central.casework.who import SYSTEM, Who, staff
from central.catalogue import editing, publishing
from central.catalogue.updating import publish_missing
from central.desk.pages import ROUTERS
from central.ledger import complaints, rating, rectification
from central.ledger.filters import parse
from central.notify import phone_tasks
from central.services import payments, shipments, video
from central.sharing import authorisations
from central.sharing.authorisations import Letter
from central.store.models import (
    Base,
    Case,
    Commitment,
    Contact,
    Document,
    Grant,
    HelpTask,
    Notice,
    PhoneTask,
    Platform,
    Revisit,
    SubCase,
    TerminalGroup,
    User,
    VideoSession,
)
from kiosk.protocol.application import Delivery, DeliveryMethod, Mode, Region
from tests.central import postgres
from tests.central.casefolk import case_of, collected, do, hand_in, open_desk
from tests.central.desk import GENHE, HANDLING, RECEIVING, THIRD, add_user, sign_in
from tests.central.rig import RunningCentre, initialised, running_centre
from tests.central.services_rig import who

HALL, CHIEF, HALL_THERE, DEPT_THERE = f"hall.{RECEIVING}", f"chief.{RECEIVING}", f"hall.{HANDLING}", f"dept.{HANDLING}"
OTHER_SECTOR = "dept.elsewhere"
"""An approver of the handling place, for a sector that none of the cases is of."""
PARAMETER = re.compile(r"\{([a-z_]+)\}")
T = TypeVar("T")
_PASSING = {"staff_session": None, "staff": "last_seen_at"}
"""What changes because somebody looks: the table, or a column of it."""


@dataclass(frozen=True)
class Things:
    """A case with everything that can belong to one, and one of each thing that belongs to none."""

    case_number: str
    other_number: str
    """Another case of the same two places."""
    parted_number: str
    """A case with parts."""
    values: Mapping[str, Mapping[str, str]]
    """What to put for a parameter: by the first two words of the address, the first, or by ``."""

    def address(self, path: str) -> str:
        """An address of the desk with identifiers filled in."""
        given = {**self.values[""], **of(path, self.values, {})}
        return "/desk" + PARAMETER.sub(lambda found: given[found[1]], path)


def of(path: str, table: Mapping[str, T], otherwise: T) -> T:
    """What a table has for an address: by its first two words, or by the first."""
    _, *words = path.split("/")
    return table.get("/".join(words[:2]), table.get(words[0], otherwise))


def pages() -> list[APIRoute]:
    """All pages of the desk."""
    return [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]


def routes(method: str) -> list[str]:
    """Addresses of all pages that name a thing, by method."""
    paths = [route.path for route in pages() if method in (route.methods or ())]
    return [path for path in paths if "{" in path and not path.startswith("/work/")]


ANY_DATABASE = pytest.mark.parametrize("stocked", ["sqlite", "postgresql"], indirect=True)
STRICT_DATABASE = pytest.mark.parametrize("stocked", ["postgresql"], indirect=True)
ONE_DATABASE = pytest.mark.parametrize("stocked", ["sqlite"], indirect=True)
"""Who may do what does not depend on it; what a query can bear does."""


@pytest.fixture(scope="module")
def stocked(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[RunningCentre, Things]]:
    """A centre with cases of two places, and staff of a third."""
    url = "" if request.param == "sqlite" else postgres.new_database()
    with running_centre(initialised(tmp_path_factory.mktemp("hostile") / "centre", url)) as centre:
        open_desk(centre)
        yield centre, stock(centre)
    if url:
        postgres.give_back(url)


def stock(centre: RunningCentre) -> Things:
    """Put one of everything into the centre."""
    number, other = hand_in(centre), hand_in(centre, counter=2)
    parted = hand_in(centre, Mode.MULTI_SITE_A, counter=3, further=(GENHE,))
    with centre.parts.database.writing() as session:
        publish_missing(session, centre.parts.keys.signing, SYSTEM, _now(centre))
    add_user(centre.parts, "victim", ["window"])
    add_user(centre.parts, OTHER_SECTOR, ["approver"], HANDLING, sectors=["公安交管"])
    do(centre, HALL, other, "open_intake")
    with centre.parts.database.writing() as session:
        here, seq = who(session, HALL), case_of(centre, number).seq
        held = session.get_one(Case, seq)
        video.book(session, centre.parts.keys.vault, held, here, [video.Invited(HANDLING)], _now(centre))
    collected(centre, number)
    with centre.parts.database.writing() as session:
        things = _belongings(centre, session, session.get_one(Case, seq), here)
        file_id = str(session.get_one(Case, seq).files[0].id)
    export = centre.parts.exports.ask(here, "核对本月台账", "csv", parse({}).filter)
    centre.parts.exports.step()
    case_things = {"case_number": number, "file_id": file_id, "size": "read", "code": "CERT", "event": "transfer"}
    return Things(
        number,
        other,
        parted,
        {
            "": {**case_things, "what": "contact", **{key: str(one) for key, one in things.items()}, "key": "C001"},
            "cases": {"number": "1"},
            "rectifications": {"number": str(things["rectification"])},
            "revisits": {"number": str(things["revisit"])},
            "ratings": {"number": str(things["rating"])},
            "complaints": {"number": str(things["complaint"])},
            "ledger": {"number": str(export)},
            "documents": {"number": str(things["document"])},
            "shipments": {"number": str(things["shipment"])},
            "help-tasks": {"task_id": str(things["help"])},
            "pickups": {"case_number": _collected_in_genhe(centre), "event": "picked_up"},
            "catalogue": {"number": str(things["draft"])},
            "catalogue/groups": {"number": str(things["group"])},
            "catalogue/versions": {"version": str(things["version"])},
            "agreements": {"number": "0001"},
            "scopes": {"code": "cross_province"},
            "platforms": {"number": str(things["authorisation"])},
        },
    )


def _collected_in_genhe(centre: RunningCentre) -> str:
    """A case of the same two places whose result waits at a third."""
    place = Region(code=GENHE, name="根河市")
    number = hand_in(centre, counter=4, delivery=Delivery(method=DeliveryMethod.PICKUP_AT_DESK, pickup=place))
    collected(centre, number)
    do(centre, HALL, number, "transfer")
    do(centre, HALL_THERE, number, "receive")
    for event in ("accept", "start_review", "approve", "issue_result"):
        do(centre, DEPT_THERE, number, event, extra={"result_text": "准予"})
    return number


def _belongings(centre: RunningCentre, session: Session, case: Case, here: Who) -> dict[str, int | str]:
    keys, now = centre.parts.keys, _now(centre)
    chief = who(session, CHIEF)

    parcel = shipments.plan(session, keys, case, here, shipments.RETURN, now)
    shipments.pack(session, keys.vault, parcel, case, here, ["户口簿"], now)
    notice = session.scalars(select(Notice).where(Notice.case_seq == case.seq)).first()
    assert notice is not None
    assert here.unit_id is not None
    phone_tasks.open_task(session, notice.id, case.seq, here.unit_id, now)
    fee = payments.due(session, case, here, "licence_cost", 1000, now)
    said = complaints.Said("a-complaint", "complaint", "等了很久", "联系方式")
    complaint = complaints.record(session, keys.vault, said, case, now)
    bad = rating.record(
        session, keys.vault, rating.Said("a-rating", 1, ("慢",), visit="v", region_code=RECEIVING), None, now
    )
    order = rectification.demand(session, keys.vault, chief, here.unit_id, "overdue", "请办结", case, now)
    revisit = Revisit(
        case_seq=case.seq,
        unit_id=here.unit_id,
        drawn_by=chief.user_id or 0,
        drawn_at=now,
        due_at=now + timedelta(days=5),
    )
    promise = Commitment(case_seq=case.seq, material="CERT", kind="promise", recorded_by=here.user_id)
    contact = Contact(
        region_code=HANDLING, region_name="平罗", unit_name="窗口", person="联系人", duty="", phone="0000-1", hours="",
        address="", updated_at=now,
    )  # fmt: skip
    editor = session.scalars(select(User).where(User.login == "editor")).one()
    draft = editing.begin(session, staff(editor), "catalogue", "C001", now)
    wanted = HelpTask(terminal_id="WSQ-03", region_code=RECEIVING, place="自助区", step="Form", called_at=now)
    group = TerminalGroup(name="试点", terminals=["A-1"], changed_at=now)
    session.add_all([revisit, promise, contact, wanted, group])
    session.flush()
    published = publishing.latest(session, "catalogue")
    assert published is not None
    platforms.add(session, "province", ["64"], now)
    letter = Letter("平政务授〔2026〕1号", "某局", "对账", ["64"], ["states"], now, now + timedelta(days=5))
    given = authorisations.record(session, SYSTEM, session.scalars(select(Platform)).one(), letter, now)
    return {
        "shipment": parcel.id,
        "task_id": session.scalars(select(PhoneTask.id).where(PhoneTask.case_seq == case.seq)).one(),
        "help": wanted.id,
        "payment_id": fee.id,
        "video_id": session.scalars(select(VideoSession.id).where(VideoSession.case_seq == case.seq)).one(),
        "complaint": complaint.number,
        "rating": bad.id,
        "rectification": order.id,
        "revisit": revisit.id,
        "commitment": promise.id,
        "contact_id": contact.id,
        "draft": draft.id,
        "group": group.id,
        "version": published.version,
        "authorisation": given.id,
        "document": session.scalars(select(Document.id).where(Document.case_seq == case.seq)).one(),
        "grant_id": session.scalars(select(Grant.id)).first() or 0,
        "unit_id": here.unit_id,
        "user_id": session.scalars(select(User.id).where(User.login == "victim")).one(),
    }


def _now(centre: RunningCentre) -> datetime:
    return centre.parts.now()


def everything(centre: RunningCentre) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, but for when somebody was last seen."""
    found = {}
    with centre.parts.database.reading() as session:
        for table in Base.metadata.sorted_tables:
            left_out = _PASSING.get(table.name, "")
            if left_out is not None:
                columns = [column for column in table.columns if column.name != left_out]
                found[table.name] = sorted((tuple(row) for row in session.execute(select(*columns))), key=repr)
    return found


OWN: Mapping[str, frozenset[str]] = {
    "users": frozenset({"admin", "security"}),
    "units": frozenset({"admin"}),
    "grants": frozenset({"admin"}),
    "agreements": frozenset({"admin"}),
    "scopes": frozenset({"admin"}),
    "platforms": frozenset({"admin", "security"}),
    "contacts": frozenset({"admin", HALL_THERE}),
    "catalogue": frozenset({"editor", "reviewer", CHIEF, f"chief.{THIRD}"}),
}
"""Whose business things are that belong to no case."""
READ_BY_ALL = "/scopes/{code}"
"""The list of items of a scope: nobody who works with cases or the catalogue is a stranger to it."""
LOGINS: Mapping[str, str] = {
    **dict.fromkeys(("users", "units", "grants", "contacts", "agreements", "scopes", "platforms"), "admin"),
    "catalogue": "editor",
    "catalogue/groups": "reviewer",
    "catalogue/versions": "reviewer",
    "revisits": CHIEF,
    "rectifications": CHIEF,
    "audit": "auditor",
    "pickups": f"hall.{GENHE}",
}
"""Who comes to an address, if it is not the desk that received the case."""
STRANGERS = (
    f"hall.{THIRD}", f"dept.{THIRD}", f"chief.{THIRD}", OTHER_SECTOR, "editor", "reviewer", "admin", "security", "auditor",
)  # fmt: skip
FORM = {
    "version": "1", "reason": "没有什么理由", "basis": "无", "purpose": "看一看", "what": "id_number", "confirmed": "yes",
    "all": "right", "act": "paid", "way": "cash", "reference": "1", "outcome": "told", "step": "close", "reply": "已办",
    "direction": "return_to_applicant", "contents": "x", "waybill": "EX12345678CN", "kind": "lost", "amount": "1",
    "matter": "licence_cost", "place": HANDLING, "conclusion": "cleared", "counterpart": "某人", "do": "approve",
    "roles": "supervisor", "unit": "1", "name": "某人", "person": "某人", "unit_name": "某处", "phone": "0000-9",
    "signed": "yes", "days": "5", "region_code": THIRD,
}  # fmt: skip
"""Fields that some form or other takes."""


@pytest.mark.req("R085", "R147")
@pytest.mark.parametrize("login", STRANGERS)
@ONE_DATABASE
def test_whoever_is_not_concerned_neither_sees_nor_changes_a_thing(
    stocked: tuple[RunningCentre, Things], login: str
) -> None:
    centre, things = stocked
    desk = sign_in(centre, login)
    before = everything(centre)
    tried = 0
    for method in ("GET", "POST"):
        for path in routes(method):
            if login in of(path, OWN, frozenset()) or (method, path) == ("GET", READ_BY_ALL):
                continue
            address = things.address(path)
            answer = desk.get(address) if method == "GET" else desk.post(address, FORM, allow_redirects=False)
            assert answer.status_code in (403, 404), (method, address, answer.status_code)
            tried += 1
    assert tried > 40
    after = everything(centre)
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {}


@ONE_DATABASE
def test_the_same_addresses_do_show_those_things_to_whose_business_they_are(
    stocked: tuple[RunningCentre, Things],
) -> None:
    """Else the test above would pass with addresses that lead nowhere."""
    centre, things = stocked
    for path in routes("GET"):
        desk = sign_in(centre, of(path, LOGINS, HALL))
        assert desk.get(things.address(path)).status_code in (200, 409), path


NO_SUCH = ("9" * 40, "²", "%00")


@ANY_DATABASE
def test_identifiers_that_are_none_break_nothing(stocked: tuple[RunningCentre, Things]) -> None:
    centre, things = stocked
    desks = {login: sign_in(centre, login) for login in {*LOGINS.values(), HALL}}
    for method in ("GET", "POST"):
        for path in routes(method):
            desk = desks[of(path, LOGINS, HALL)]
            for name in PARAMETER.findall(path):
                for value in NO_SUCH:
                    address = things.address(path.replace(f"{{{name}}}", value))
                    answer = desk.get(address) if method == "GET" else desk.post(address, {}, allow_redirects=False)
                    assert answer.status_code < 500, (method, address)


ODD = ("²", "9" * 30, "\0")


@STRICT_DATABASE
def test_forms_filled_with_nonsense_break_nothing(stocked: tuple[RunningCentre, Things]) -> None:
    centre, things = stocked
    fields = [*FORM, "part", "days_", "to", "clock", "commitment", "material", "later", "scheduled_at", "supplement_days",
              "case_number", "how_many", "effective", "until", "grantor", "seal", "to_region", "more", "csrf_", "section",
              "kind", "which", "after", "month", "since", "q", "turn", "number", "sectors", "login", "code"]  # fmt: skip
    parameterless = [
        page.path
        for page in pages()
        if "POST" in (page.methods or ()) and "{" not in page.path and "/sign-" not in page.path
    ]
    for path in [*routes("POST"), *parameterless]:
        desk = sign_in(centre, of(path, LOGINS, HALL))
        for odd in ODD:
            answer = desk.post(things.address(path), dict.fromkeys(fields, odd), allow_redirects=False)
            assert answer.status_code < 500, (path, odd)


@pytest.mark.req("R085")
@ONE_DATABASE
def test_what_belongs_to_another_case_is_not_reached_by_the_number_of_ones_own(
    stocked: tuple[RunningCentre, Things],
) -> None:
    centre, things = stocked
    desk = sign_in(centre, HALL)
    other = things.other_number
    foreign = things.values[""]
    before = everything(centre)
    for method, path in [("GET", path) for path in routes("GET")] + [("POST", path) for path in routes("POST")]:
        named = set(PARAMETER.findall(path)) & {"file_id", "video_id", "payment_id"}
        if path.startswith("/cases/") and named:
            address = things.address(path).replace(things.case_number, other)
            answer = desk.get(address) if method == "GET" else desk.post(address, FORM, allow_redirects=False)
            assert answer.status_code == 404, address
    wanted = {"commitment": str(foreign["commitment"]), "outcome": "kept"}
    assert desk.post(f"/desk/cases/{other}/record/commitment-outcome", wanted).status_code == 404
    assert everything(centre) == before


@ONE_DATABASE
def test_a_part_of_another_case_cannot_be_acted_on(stocked: tuple[RunningCentre, Things]) -> None:
    centre, things = stocked
    part = next(one for one in case_of(centre, things.parted_number).sub_cases if one.region_code == HANDLING)
    with centre.parts.database.writing() as session:
        session.execute(update(SubCase).where(SubCase.id == part.id).values(state="TRANSFERRED"))
    before = everything(centre)
    desk = sign_in(centre, HALL_THERE)
    form = {**FORM, "part": str(part.id)}
    assert desk.post(f"/desk/cases/{things.case_number}/acts/receive", form).status_code == 409
    # Nor one place's part by the other handling place, which does see the case.
    desk = sign_in(centre, f"hall.{GENHE}")
    assert desk.get(f"/desk/cases/{things.parted_number}").status_code == 200
    assert desk.post(f"/desk/cases/{things.parted_number}/acts/receive", form).status_code == 409
    assert everything(centre) == before


@pytest.mark.req("R147")
@ONE_DATABASE
def test_fields_that_no_form_has_are_not_taken(stocked: tuple[RunningCentre, Things]) -> None:
    """State, place, unit, owner, roles: none is what a form says it is."""
    centre, things = stocked
    smuggled = {
        "state": "COMPLETED", "receiving_code": THIRD, "handling_code": THIRD, "owner_id": "1", "unit_id": "1", "user_id": "1",
        "region": THIRD, "region_code": THIRD, "case_seq": "1", "id": "1", "must_change_password": "no",
        "password_hash": "x", "totp_sealed": "", "disabled_at": "", "sector": "公安", "profile": "genhe",
    }  # fmt: skip
    before = case_of(centre, things.other_number)
    desk = sign_in(centre, HALL)
    desk.post(f"/desk/cases/{things.other_number}/take", smuggled)
    form = {"way": "phone", "counterpart": "平罗窗口", "outcome": "crossable", **smuggled}
    desk.post(f"/desk/cases/{things.other_number}/record/contact", form)
    after = case_of(centre, things.other_number)
    kept = ("state", "receiving_code", "handling_code", "sector", "profile", "seq")
    assert [getattr(after, one) for one in kept] == [getattr(before, one) for one in kept]
    with centre.parts.database.reading() as session:
        clerk = session.scalars(select(User).where(User.login == HALL)).one()
        assert after.owner_id == clerk.id
    contact = {"unit_name": "窗口", "person": "偷渡", "phone": "0000-12345", **smuggled}
    assert desk.post("/desk/contacts", contact).status_code == 200
    with centre.parts.database.reading() as session:
        assert session.scalars(select(Contact.region_code).where(Contact.person == "偷渡")).one() == RECEIVING
    admin = sign_in(centre, "admin")
    named = {"name": clerk.name, "unit": str(clerk.unit_id), "roles": "supervisor", **smuggled}
    assert admin.post(f"/desk/users/{clerk.id}", named).status_code == 200
    with centre.parts.database.reading() as session:
        edited = session.get_one(User, clerk.id)
        assert (edited.roles, edited.password_hash, edited.unit_id) == (["window"], clerk.password_hash, clerk.unit_id)


@pytest.mark.req("R147")
@ONE_DATABASE
def test_nobody_gives_themselves_a_role_and_nobody_alone_takes_over_an_account(
    stocked: tuple[RunningCentre, Things],
) -> None:
    centre, _ = stocked
    with centre.parts.database.reading() as session:
        ids = dict(session.execute(select(User.login, User.id)).all())
    before = everything(centre)
    security, admin = sign_in(centre, "security"), sign_in(centre, "admin")
    assert security.post(f"/desk/users/{ids['security']}/roles", {"roles": "administrator"}).status_code == 409
    assert admin.post(f"/desk/users/{ids['admin']}/password").status_code == 409
    for what in ("roles", "unlock", "second-factor"):
        assert admin.post(f"/desk/users/{ids[HALL]}/{what}", {"roles": "supervisor"}).status_code == 403
    for what in ("password", "disable", "enable"):
        assert security.post(f"/desk/users/{ids[HALL]}/{what}").status_code == 403
    for role in ("administrator", "security", "auditor"):
        together = security.post(f"/desk/users/{ids[HALL]}/roles", {"roles": [role, "window"]})
        assert together.status_code == 409, "the three offices go with no other role"
    assert security.post(f"/desk/users/{ids[HALL]}/roles", {"roles": "root"}).status_code == 409
    assert everything(centre) == before


@ONE_DATABASE
def test_a_version_that_was_made_up_wins_nothing(stocked: tuple[RunningCentre, Things]) -> None:
    centre, things = stocked
    desk = sign_in(centre, HALL)
    before = everything(centre)
    version = case_of(centre, things.case_number).version
    for forged in ("", "0", "-1", str(version - 1), str(version + 1), "9" * 12, "²", "٣"):
        form = {**FORM, "version": forged}
        assert desk.post(f"/desk/cases/{things.case_number}/acts/transfer", form).status_code in (409, 422), forged
    assert everything(centre) == before
