"""Acts on a case: one page per act, asking for what the lifecycle says it needs, and saying what it brings about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request, Response

from central import archiving
from central.casefile import Dossier, read_dossier, unsealed
from central.casework import guards, lifecycle, listed, reading
from central.casework.acts import Act, Conflict, NextAct, Performed, Refused, Words
from central.casework.listed import Subject
from central.casework.terms import Role
from central.desk import act_forms
from central.desk.act_forms import Filled
from central.desk.frame import Posted, Signed, allow, centre_of, render, see_other, text, whole
from central.desk.pages.case import found
from central.desk.recording import WITHDRAWAL_REASONS
from central.services import dispatching
from central.store.models import Case
from kiosk.protocol.states import State

router = APIRouter()
Caseworker = Annotated[Signed, allow(Role.WINDOW, Role.APPROVER, Role.SUPERVISOR)]

CHANGED = Words(
    "这个页面打开以后，办件有了变化。您写的内容都保留着，请看过再办。",
    "The case has changed since this page was opened. What you wrote is kept; look again before you act.",
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A case as the page of an act needs it."""

    case: Case
    dossier: Dossier
    act: NextAct | None
    """None: this act is not possible (any more)."""
    profile_days: int
    listed: tuple[Subject, ...]
    """What the applicant may be asked about."""

    @property
    def basis(self) -> str:
        """Where the item's list is written."""
        return self.dossier.item.basis or act_forms.guide(self.dossier)


@router.get("/cases/{case_number}/acts/{event}")
def act_page(
    request: Request, visitor: Caseworker, case_number: str, event: str, part: Annotated[int | None, Query()] = None
) -> Response:
    """The form of an act."""
    standing = _standing(request, visitor, case_number, event, part)
    if standing.act is None:
        return _show(request, standing, event, Filled(), status=409)
    asked = _asked(request, standing.dossier)
    filled = act_forms.prefilled(standing.dossier, standing.act, standing.profile_days, asked)
    if event == "archive":
        with centre_of(request).database.reading() as session:
            filled = filled.archived_as(archiving.number_given(session, standing.case))
    return _show(request, standing, event, filled)


@router.post("/cases/{case_number}/acts/{event}")
def perform(request: Request, visitor: Caseworker, case_number: str, event: str, form: Posted) -> Response:
    """Do it. Whatever stands in the way, what was typed comes back."""
    standing = _standing(request, visitor, case_number, event, whole(text(form, "part", 20)))
    filled = act_forms.read(form)
    act = standing.act
    if act is None:
        return _show(request, standing, event, filled, why=CHANGED, status=409)
    if text(form, "add", 3):
        picked = act_forms.picked(text(form, "pick", 120), standing.listed, standing.basis)
        return _show(request, standing, event, filled.with_line(picked))
    version = text(form, "version", 12)
    if event in act_forms.CONFIRMED and text(form, "confirmed", 3) != "yes":
        if version != str(standing.case.version):
            return _show(request, standing, event, filled, why=CHANGED, conflict=True, status=409)
        refused = _not_yet(standing, act, filled, in_charge=visitor.who.has(Role.SUPERVISOR))
        return _show(request, standing, event, filled, why=refused, confirming=refused is None)
    wanted = filled.act(case_number, act, whole(version) or 0, _codes(standing))
    try:
        done = _do(request, visitor, wanted)
    except Refused as refused:
        standing = _standing(request, visitor, case_number, event, act.sub_case_id)
        return _show(
            request, standing, event, filled, why=refused.why, conflict=isinstance(refused, Conflict), status=409
        )
    return see_other(request, f"/desk/cases/{case_number}", _done(act, done.state, done.documents))


def _do(request: Request, visitor: Signed, act: Act) -> Performed:
    """Perform it; what sends a parcel, together with the parcel."""
    centre = centre_of(request)
    if act.event not in dispatching.EVENTS:
        return centre.casework.perform(visitor.who, act)
    with centre.database.writing() as session:
        case = found(session, visitor, act.case_number)
        return dispatching.perform(session, centre.casework, centre.keys, case, visitor.who, act, centre.now())


def _standing(request: Request, visitor: Signed, case_number: str, event: str, part: int | None) -> Standing:
    centre = centre_of(request)
    with centre.database.reading() as session:
        case = found(session, visitor, case_number)
        acts = centre.casework.next_acts(session, case, visitor.who)
        act = next((one for one in acts if (one.event, one.sub_case_id) == (event, part)), None)
        if event not in lifecycle.load().events:
            raise HTTPException(404)
        days = centre.casework.office.setting(session, case).profile.c3_working_days
        named = reading.listed_for(session, centre.casework.office, case)
        return Standing(case, read_dossier(session, centre.keys, case, centre.now()), act, days, named)


def _show(
    request: Request,
    standing: Standing,
    event: str,
    filled: Filled,
    *,
    why: Words | None = None,
    conflict: bool = False,
    confirming: bool = False,
    status: int = 200,
) -> Response:
    case, dossier, act = standing.case, standing.dossier, standing.act
    possible = act is not None and not act.missing
    editing = possible and not confirming
    words = lifecycle.load()
    return render(
        request,
        "cases/act.html",
        status=status if why is None or status != 200 else 422,
        case=case,
        dossier=dossier,
        act=act,
        event=event,
        event_words=words.event(event),
        lifecycle=words,
        filled=filled.with_blanks(standing.basis)
        if editing and act is not None and "problems" in act.needs
        else filled,
        why=why,
        conflict=conflict,
        possible=possible,
        confirming=confirming,
        ends=event in act_forms.ENDS,
        asks_to_confirm=event in act_forms.CONFIRMED,
        listed=standing.listed,
        kinds=listed,
        on_the_list={one.words.zh for one in standing.listed},
        suggestions=() if act is None else act_forms.suggestions(dossier, act),
        due=_due(request, standing, filled),
        refusals=act_forms.REFUSALS,
        returned=act_forms.RETURNED,
        may_deposit=event == "archive" and possible and centre_of(request).archive is not None,
        here="/desk/work",
    )


def _due(request: Request, standing: Standing, filled: Filled) -> datetime | None:
    """The last moment to supplement, for the number of days on the form."""
    if standing.act is None or "supplement_days" not in standing.act.needs:
        return None
    centre = centre_of(request)
    days = filled.days if filled.days is not None else standing.profile_days
    if not 1 <= days <= act_forms.MOST_DAYS:
        return None
    with centre.database.reading() as session:
        calendar = centre.casework.office.calendar(session)
    return calendar.add_workdays(centre.now(), days).at


def _asked(request: Request, dossier: Dossier) -> str:
    """What the applicant said when asking to withdraw: the words, or what they chose."""
    asked = dossier.open_withdrawal
    if asked is None:
        return ""
    where = f"withdrawal.request_sealed|{dossier.case.application_id}"
    words = unsealed(centre_of(request).keys.vault, asked.request_sealed, where)
    chosen = WITHDRAWAL_REASONS.get(asked.reason_code)
    return words or (chosen.zh if chosen else "")


def _not_yet(standing: Standing, act: NextAct, filled: Filled, *, in_charge: bool) -> Words | None:
    """What the form still lacks, before it is read over once more."""
    wanted = filled.act(standing.case.case_number, act, standing.case.version, _codes(standing))
    outside = listed.outside(standing.listed, wanted.problems)
    return act_forms.lacking(wanted, act) or (
        guards.outside_list(outside, wanted, in_charge=in_charge) if outside else None
    )


def _codes(standing: Standing) -> dict[str, str]:
    """Codes of materials by name."""
    return {one.words.zh: one.code for one in standing.listed if one.kind == listed.MATERIAL}


def _done(act: NextAct, state: State, documents: tuple[str, ...]) -> Words:
    now = lifecycle.load().states[state]
    papers = f"已出具 {'、'.join(documents)}。" if documents else ""
    papers_en = f" Issued: {', '.join(documents)}." if documents else ""
    return Words(
        f"已办：{act.words.zh}。现在是“{now.zh}”。{papers}", f"Done: {act.words.en}. Now: {now.en}.{papers_en}"
    )
