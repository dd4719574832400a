"""`step(visit, event, house) -> (visit, effects)`: the visit as a pure machine, and `view`: what it looks like.

A situation says what it does with an event (`steps/`) and how it looks (`showing/`). What holds everywhere is here:
language, help, quitting, idle, devices and the network; and two derivations, so that no situation can forget them:
what devices are asked for and which timers run follow from the visit alone.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from kiosk.visit import delays
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
    Done,
    Goodbye,
    Health,
    Help,
    Overlay,
    PlaceCard,
    ProgressAsking,
    Screen,
    Sending,
    SocialCard,
    StillThere,
    TakeCard,
    Visit,
)
from kiosk.visit.steps import identifying, materials, react
from kiosk.visit.views import View


def step(visit: Visit, event: Event, house: House) -> Turn:
    """What the visit becomes through `event`, and what is asked of the world.

    An event that means nothing in this situation changes nothing: it can neither wedge the visit nor lose an answer.
    """
    after, effects = _turn(_informed(visit, event), event, house)
    return after, (*_device_changes(visit, after), *effects, *_timer_changes(visit, after, event))


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
    if isinstance(event, TimerFired) and event.name == delays.COUNTDOWN and isinstance(screen, StillThere):
        return leave(visit, _reason(visit, "idle"))
    someone_there = isinstance(event, CitizenEvent | CardSensed | CardRead | CardRemoved)
    if isinstance(event, CitizenEvent):
        closes = isinstance(screen, StillThere) or isinstance(event, Back | Confirm | StillHere)
        return become(visit, screen.under) if closes else stay(visit)
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
        case Capture(attempt=attempt):
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


def _has_idle_time(visit: Visit) -> bool:
    return _may_leave(visit) and not isinstance(visit.screen, StillThere)


def _timers(visit: Visit) -> tuple[str, ...]:
    screen: Screen = visit.beneath
    timers: list[str] = []
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
        case Done(printing=True):
            timers.append(delays.PRINT)
        case ProgressAsking():
            timers.append(delays.PROGRESS)
        case Sending(slow=False):
            timers.append(delays.SENDING)
    return tuple(timers)


def _timer_changes(before: Visit, after: Visit, event: Event) -> tuple[Effect, ...]:
    """Timers that start or stop; every act of the citizen starts the idle time anew."""
    old, new = _timers(before), _timers(after)
    fired = event.name if isinstance(event, TimerFired) else ""
    stopped = tuple(ClearTimer(name) for name in old if name not in new and name != fired)
    started = tuple(
        SetTimer(name)
        for name in new
        if name not in old or name == fired or (name == delays.IDLE and isinstance(event, CitizenEvent))
    )
    return (*stopped, *started)
