"""The facts of a slip, from a draft. Pure."""

from __future__ import annotations

from datetime import datetime

from drivers.receipt_printer import Receipt
from kiosk.catalogue.application import MetBy
from kiosk.config import Config
from kiosk.printing.slip import SlipFacts, submission_slip
from kiosk.visit.draft import Draft
from kiosk.visit.house import House


def slip_for(
    draft: Draft,
    house: House,
    config: Config,
    number: str,
    query_code: str,
    at: datetime,
    *,
    online: bool,
    copy: int,
) -> Receipt:
    """The slip of a stored application; `copy` > 0 is marked 补打.

    Raises:
        ValueError: the draft names no item, or nobody applies.
    """
    asked, applicant = house.catalogue.application(draft.item_id), draft.applicant
    if asked is None or applicant is None:
        raise ValueError("the draft names no item, or nobody applies")
    say = house.strings["zh_CN"]
    terminal = config.terminal
    facts = {**draft.situation, "delivery": draft.delivery, "mode": draft.mode}
    given = {each.code: each for each in draft.materials}
    wanted = asked.materials_for(facts)
    return submission_slip(
        SlipFacts(
            item=asked.title.zh,
            mode=say(f"mode.{draft.mode}"),
            handling_place=house.catalogue.regions.full_name(draft.handling_region, " "),
            applicant_name=applicant.name or applicant.english_name,
            id_number=applicant.id_number,
            slip_number=number,
            query_code=query_code,
            terminal_id=terminal.id,
            submitted_at=at,
            materials=len(wanted),
            pages=sum(len(each.pages) for each in draft.materials),
            next_step=say("submit.next_staff"),
            first_contact_unit=terminal.desk_name,
            first_contact_phone=terminal.desk_phone,
            query_url=terminal.query_url,
            place_name=terminal.place_name,
            scope=house.scope(draft.handling_region, draft.item_id).names(terminal.receiving_region)[0],
            originals=tuple(
                f"{material.name.zh}。{material.text.zh}"
                for material in wanted
                if material.by is MetBy.ORIGINAL_AT_DESK
                or (material.code in given and given[material.code].met_by == "original_at_desk")
            ),
            complaint_phone=terminal.complaint_phone,
            waiting_to_upload=not online,
            copy=copy,
            demonstration=terminal.demonstration,
        )
    )
