"""移交电子档案: a finished case is handed to the archive, and its number stands in the form of 归档 (R094)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Request, Response

from central import archiving
from central.casework.acts import Refused, Words
from central.casework.terms import Role
from central.desk.frame import Posted, Signed, allow, centre_of, see_other

router = APIRouter()
Approver = Annotated[Signed, allow(Role.APPROVER)]


@router.post("/cases/{case_number}/deposit")
def hand_in(request: Request, visitor: Approver, case_number: str, _: Posted) -> Response:
    """Hand it in, then go on with archiving."""
    try:
        number = archiving.deposit(centre_of(request), visitor.who, case_number)
    except Refused as refused:
        if refused.code == "not_found":
            raise HTTPException(404) from None
        raise
    said = (
        Words(
            f"电子档案系统已收下，归档号 {number}，请核对后归档。",
            f"The archive has it: {number}. Look it over and archive.",
        )
        if number
        else Words("电子档案系统已收下，归档号待给出。", "The archive has it; its number is still to come.")
    )
    return see_other(request, f"/desk/cases/{case_number}/acts/archive", said)
