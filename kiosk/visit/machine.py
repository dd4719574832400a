"""`step(visit, event, house) -> (visit, effects)`: the visit as a pure machine, and `view`: what it looks like.

A situation says what it does with an event (`steps/`) and how it looks (`showing/`). What holds everywhere is here:
language, help, quitting, idle, devices and the network; and three derivations, so that no situation can forget them:
what devices are asked for, which page is read and which timers run follow from the visit alone.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from kiosk.visit import delays, pages
from kiosk.visit.effects import (
    AwaitCardRemoval,
    CancelDevice,
    ClearTimer,
    Effect,
    ReadIdCard,
    ReadSocialCard,
    SetTimer,
    StartPreview,
)
from kiosk.visit.events import (
    Back,
    CallHelp,
    CardProblem,
    CardRead,
    CardReadFailed,
    CardRemoved,
    CardSensed,
    CitizenEvent,
    Confirm,
    Device,
    DeviceChanged,
    Event,
    NetworkChanged,
    PageLiesStill,
    PageRead,
    Quit,
    SetLanguage,
    StillHere,
    TimerFired,
)
from kiosk.visit.house import LANGUAGES, House
from kiosk.visit.moves import Turn, become, leave, stay
from kiosk.visit.path import back_on_the_way
from kiosk.visit.showing import show
from kiosk.visit.states import (
    Attract,
    Capture,
    DocumentsAsking,
    DocumentsList,
    Done,
    Goodbye,
    Health,
    Help,
    HelpCall,
    LicencesAsking,
    Overlay,
    PageReview,
    PlaceCard,
    ProgressAsking,
    Screen,
    Sending,
    SocialCard,
    StillThere,
    TakeCard,
    Visit,
)
from kiosk.visit.steps import identifying, leaving, materials, react
from kiosk.visit.views import View


def step(visit: Visit, event: Event, house: House) -> Turn:
    """What the visit becomes through `event`, and what is asked of the world.

    An event that means nothing in this situation changes nothing: it can neither wedge the visit nor lose an answer.
    """
    after, effects = _turn(_informed(visit, event), event, house)
    asked = (*_device_changes(visit, after), *effects, *_reading_changes(visit, after, house))
    return after, (*asked, *_timer_changes(visit, after, event))


def view(visit: Visit, house: House) -> View:
    """What the screen shows now, in the citizen's language."""
    return show(visit.screen, visit, house)


# --- what holds everywhere ---------------------------------------------------------------------------------------


def _informed(visit: Visit, event: Event) -> Visit:
    """The visit with what the event says about the world taken down."""
    match event:
        case DeviceChanged(device, usable, low, what):
            known = {**visit.devices, device: Health(usable, low, MappingProxyType(dict(what)))}
            return replace(visit, devices=MappingProxyType(known))
        case NetworkChanged(online):
            return replace(visit, online=online)
        case CardSensed() | CardRead():
            return replace(visit, card_present=True, card_seen=True)
        case CardReadFailed(CardProblem.UNREADABLE | CardProblem.WRONG_CARD):
            return replace(visit, card_present=True, card_seen=True)
        case CardRemoved() | CardReadFailed(CardProblem.REMOVED):
            return replace(visit, card_present=False)
        case PageRead(sha256, page):
            return pages.read(visit, sha256, page)
    return visit


def _turn(visit: Visit, event: Event, house: House) -> Turn:
    screen = visit.screen
    match event:
        case SetLanguage(language):
            return stay(_speaking(visit, language) if language in LANGUAGES else visit)
        case Quit():
            return leave(visit, _reason(visit, "quit")) if _may_leave(visit) else stay(visit)
        case CallHelp() if not isinstance(screen, Help):
            if not _may_leave(visit):
                return stay(visit)
            return become(visit, Help(screen.under if isinstance(screen, StillThere) else screen))
        case TimerFired(delays.IDLE) if not isinstance(screen, Attract):
            return become(visit, StillThere(screen)) if _has_idle_time(visit) else stay(visit)
    if isinstance(screen, Overlay):
        return _over(screen, visit, event, house)
    turn = react(screen, visit, event, house)
    if turn is not None:
        return turn
    return back_on_the_way(visit, house) if isinstance(event, Back) else stay(visit)


def _over(screen: Overlay, visit: Visit, event: Event, house: House) -> Turn:
    """An event while something lies over the screen: the world's go underneath, the citizen's are for the overlay."""
    if isinstance(screen, Help) and (turn := leaving.call_staff(screen, visit, event)) is not None:
        return turn
    if isinstance(event, TimerFired) and event.name == delays.COUNTDOWN and isinstance(screen, StillThere):
        return leave(visit, _reason(visit, "idle"))
    someone_there = isinstance(event, CitizenEvent | CardSensed | CardRead | CardRemoved)
    if isinstance(event, CitizenEvent):
        closes = isinstance(screen, StillThere) or isinstance(event, Back | Confirm | StillHere)
        return become(visit, screen.under) if closes else stay(visit)
    if isinstance(event, PageLiesStill):
        return stay(visit)
    beneath, effects = _turn(replace(visit, screen=screen.under), event, house)
    if someone_there and isinstance(screen, StillThere):
        return beneath, effects
    return replace(beneath, screen=replace(screen, under=beneath.screen)), effects


def _speaking(visit: Visit, language: str) -> Visit:
    """The visit in another language; the attract screen remembers its usual one, for nobody may be there."""
    screen = visit.screen
    if isinstance(screen, Attract):
        usual = screen.usual_language or visit.language
        screen = Attract("" if language == usual else usual)
    return replace(visit, language=language, screen=screen)


def _may_leave(visit: Visit) -> bool:
    """Whether the visit can be quit and has idle time: not before it begins, not while it ends, not while storing."""
    match visit.beneath:
        case Attract() | TakeCard() | Goodbye() | Sending(slow=False):
            return False
    return True


def _reason(visit: Visit, usual: str) -> str:
    """Why the visit ends: `fault` when the store has not answered, for then nobody knows whether it is submitted."""
    return "fault" if isinstance(visit.beneath, Sending) else usual


# --- derived: devices and timers -----------------------------------------------------------------------------------


def _wishes(visit: Visit) -> dict[Device, tuple[Effect, int]]:
    """What is asked of which device in this situation, with a count that rises when it is to be asked anew."""
    wishes: dict[Device, tuple[Effect, int]] = {}
    screen = visit.beneath
    match screen:
        case PlaceCard(problem=problem, attempt=attempt) if problem != identifying.DEVICE_PROBLEM:
            wishes[Device.ID_CARD_READER] = ReadIdCard(), attempt
        case SocialCard(problem=problem, attempt=attempt) if problem != materials.DEVICE_PROBLEM:
            wishes[Device.SMART_CARD] = ReadSocialCard(), attempt
        case Capture(attempt=attempt, shooting=shooting) if shooting or not isinstance(visit.screen, Overlay):
            # Somebody who reads the help is not laying pages down: none is photographed behind it.
            wishes[Device.DOCUMENT_CAMERA] = StartPreview(), attempt
    if visit.card_present and not isinstance(screen, PlaceCard | Attract | Goodbye):
        # Asked anew at the end: a watch that began long ago may have run into its deadline.
        wishes[Device.ID_CARD_READER] = AwaitCardRemoval(), int(isinstance(screen, TakeCard))
    return {device: wish for device, wish in wishes.items() if visit.usable(device)}


def _device_changes(before: Visit, after: Visit) -> tuple[Effect, ...]:
    old, new = _wishes(before), _wishes(after)
    cancelled = tuple(CancelDevice(device) for device, wish in old.items() if new.get(device) != wish)
    asked = tuple(wish[0] for device, wish in new.items() if old.get(device) != wish)
    return (*cancelled, *asked)


def _reading_changes(before: Visit, after: Visit, house: House) -> tuple[Effect, ...]:
    """A page that came under review is read, unless it was: in the background, nobody waits for it."""
    old, new = pages.to_read(before, house), pages.to_read(after, house)
    return (new,) if new is not None and (old is None or old.page.sha256 != new.page.sha256) else ()


def _has_idle_time(visit: Visit) -> bool:
    return _may_leave(visit) and not isinstance(visit.screen, StillThere)


def _timers(visit: Visit) -> tuple[str, ...]:
    screen: Screen = visit.beneath
    timers: list[str] = []
    if isinstance(top := visit.screen.under if isinstance(visit.screen, StillThere) else visit.screen, Help):
        timers += [delays.HELP] * (top.call is HelpCall.ASKING)
    if isinstance(visit.screen, StillThere):
        timers.append(delays.COUNTDOWN)
    elif _has_idle_time(visit):
        timers.append(delays.IDLE)
    match screen:
        case Attract(usual_language=usual) if usual:
            timers.append(delays.IDLE)
        case TakeCard():
            timers.append(delays.TAKE_CARD if visit.card_present else delays.REMINDER)
        case Goodbye():
            timers.append(delays.GOODBYE)
        case Capture(shooting=True):
            timers.append(delays.CAPTURE)
        case PageReview(work=work) if work is not None:
            timers.append(delays.WORKING)
        case PageReview(unread=False) if pages.is_to_be_read(screen, visit.draft):
            timers.append(delays.READING)
        case Done(printing=True):
            timers.append(delays.PRINT)
        case ProgressAsking() | DocumentsAsking() | LicencesAsking():
            timers.append(delays.PROGRESS)
        case DocumentsList(printing=printing) if printing:
            timers.append(delays.PRINT)
        case Sending(slow=False):
            timers.append(delays.SENDING)
    return tuple(timers)


def _lays_a_page_down(before: Visit, after: Visit, event: Event) -> bool:
    """Whether a page is photographed by itself: somebody is there. The second try for the same page proves nothing."""
    match event, before.screen, after.screen:
        case PageLiesStill(), Capture(shooting=False, problem=""), Capture(shooting=True):
            return True
    return False


def _timer_changes(before: Visit, after: Visit, event: Event) -> tuple[Effect, ...]:
    """Timers that start or stop; every act of the citizen starts the idle time anew, and so does a page laid down."""
    old, new = _timers(before), _timers(after)
    fired = event.name if isinstance(event, TimerFired) else ""
    someone = isinstance(event, CitizenEvent) or _lays_a_page_down(before, after, event)
    stopped = tuple(ClearTimer(name) for name in old if name not in new and name != fired)
    started = tuple(
        SetTimer(name) for name in new if name not in old or name == fired or (name == delays.IDLE and someone)
    )
    return (*stopped, *started)
