"""查电子证照: a press by which the source of a licence is asked, instead of the applicant for the original (R050, R140)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Request, Response

from central import licence_checks
from central.casework.acts import Refused, Words
from central.casework.licences import OUTCOMES
from central.casework.sourced import VALID
from central.casework.terms import Role
from central.desk.frame import Posted, Signed, allow, centre_of, see_other

router = APIRouter()
Caseworker = Annotated[Signed, allow(Role.WINDOW, Role.APPROVER)]


@router.post("/cases/{case_number}/licences/{code}")
def ask(request: Request, visitor: Caseworker, case_number: str, code: str, _: Posted) -> Response:
    """Ask, write down the answer, and show it where the material is."""
    try:
        outcome = licence_checks.check(centre_of(request), visitor.who, case_number, code)
    except Refused as refused:
        if refused.code == "not_found":
            raise HTTPException(404) from None
        raise
    said = OUTCOMES[outcome]
    after = Words("", "") if outcome == VALID else Words("；按原来的办法核对", "; go on by hand")
    words = Words(f"电子证照：{said.zh}{after.zh}。", f"E-licence: {said.en}{after.en}.")
    return see_other(request, f"/desk/cases/{case_number}#m-{code}", words)
