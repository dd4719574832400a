"""Views of help, the idle prompt, taking the card and goodbye."""

from __future__ import annotations

from kiosk.visit.delays import COUNTDOWN, DELAYS
from kiosk.visit.events import Back, Choose, Confirm, Quit, StillHere
from kiosk.visit.house import House
from kiosk.visit.showing.frame import Words, chrome, show, spoken
from kiosk.visit.states import Goodbye, Help, HelpCall, StillThere, TakeCard, Visit
from kiosk.visit.steps.leaving import may_call, sees_card
from kiosk.visit.views import (
    Action,
    CardPicture,
    CardView,
    GoodbyeView,
    HelpView,
    Notice,
    Row,
    StillThereView,
    Tone,
)

HOTLINE = "12345"
_CALLED = {
    HelpCall.ASKING: Tone.INFO,
    HelpCall.COMING: Tone.GOOD,
    HelpCall.CLOSED: Tone.WARNING,
    HelpCall.FAILED: Tone.WARNING,
}


@show.register
def _help(screen: Help, visit: Visit, house: House) -> HelpView:
    words, terminal = Words(visit, house), house.terminal
    rows = [
        Row("desk", words("help.desk"), value=terminal.desk_phone),
        Row("hours", words("help.hours"), value=words.hours),
    ]
    if terminal.desk_address:
        rows.append(Row("address", words("help.address"), value=terminal.desk_address))
    rows += [Row("hotline", words("help.hotline"), value=HOTLINE), Row("free", words("help.free"))]
    title, lead = words("help.title"), words("help.lead")
    notice = Notice(_CALLED[screen.call], words(f"help.{screen.call}")) if screen.call else None
    more = [Action("quit", words("nav.quit"), Quit())]
    if may_call(screen, visit):
        more.insert(0, Action("call", words("help.call"), Choose("call")))
    back = Action("back", words("nav.back"), Back())
    return HelpView(
        name="help",
        chrome=chrome(words, back=None, may_leave=False, more=tuple(more), primary=back, notice=notice),
        title=title,
        spoken=spoken(
            title,
            notice.text if notice else "",
            lead,
            *(words.pair(row.title, row.value) if row.value else row.title for row in rows),
        ),
        rows=tuple(rows),
        lead=lead,
    )


@show.register
def _still_there(_screen: StillThere, visit: Visit, house: House) -> StillThereView:
    words = Words(visit, house)
    title, lead = words("idle.title"), words("idle.lead")
    return StillThereView(
        name="still_there",
        chrome=chrome(words, back=None, may_leave=False),
        title=title,
        spoken=spoken(title, lead),
        lead=lead,
        seconds=int(DELAYS[COUNTDOWN]),
        stay=Action("stay", words("idle.stay"), StillHere()),
        leave=Action("leave", words("idle.leave"), Quit()),
    )


@show.register
def _take_card(_screen: TakeCard, visit: Visit, house: House) -> CardView:
    words = Words(visit, house)
    title, lead = words("card.take_title"), words("card.take_lead")
    blind = not sees_card(visit)
    return CardView(
        name="take_card",
        chrome=chrome(
            words,
            back=None,
            may_leave=False,
            primary=Action("taken", words("card.taken"), Confirm()) if blind else None,
        ),
        title=title,
        spoken=spoken(title, lead),
        picture=CardPicture.TAKE_BACK,
        lead=lead,
    )


@show.register
def _goodbye(screen: Goodbye, visit: Visit, house: House) -> GoodbyeView:
    words = Words(visit, house)
    title = words("goodbye.title")
    lead = words(f"goodbye.{screen.reason}")
    return GoodbyeView(
        name="goodbye",
        chrome=chrome(words, back=None, may_leave=False, primary=Action("home", words("nav.home"), Confirm())),
        title=title,
        spoken=spoken(title, lead),
        lead=lead,
    )
