"""What happens to the demonstration's cases: for every flow a case in every state, and some that went less smoothly.

The ways to the states are found in the lifecycle itself; a story is that way with what has to be done before each event.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from central.casework.lifecycle import Flow, Lifecycle, Transition
from central.demo.world import GENHE, HUIMIN, PINGLUO, QINGYANG, WUSHEN, Place
from kiosk.protocol.application import DeliveryMethod, Mode
from kiosk.protocol.states import State

ITEMS: dict[Mode, tuple[str, ...]] = {
    Mode.FULL_ONLINE: ("C001", "C018", "C007"),
    Mode.COLLECT_AND_FORWARD: ("C003", "C009", "C007"),
    Mode.MULTI_SITE_A: ("C004", "C009", "C010"),
    Mode.MULTI_SITE_B: ("C109", "C113"),
}
_DETOURS = {"open_prereview": State.PRE_REVIEW, "mail_out": State.IN_TRANSIT}
"""Events that are taken only to reach that state."""
_VIDEO = frozenset({"start_video", "start_multi_video"})
_BEFORE = {
    "collect": ("check",),
    "remote_ok": ("check", "video"),
    "accept_on_spot": ("check",),
    "refuse_not_crossable": ("contact",),
    "withdraw": ("ask_to_withdraw",),
    "timeout": ("pause 12",),
    "transfer": ("send_papers",),
    "receive": ("papers_arrive",),
}
"""What has to be done before an event (see `central.demo.stage`)."""


@dataclass(frozen=True)
class Story:
    """One case. Steps are events of the lifecycle, what `stage` knows besides, or `pause <working days>`."""

    mode: Mode
    receiving: Place
    handling: tuple[Place, ...]
    steps: tuple[str, ...]
    item: str
    delivery: DeliveryMethod = DeliveryMethod.EMS_TO_APPLICANT
    reaches: State | None = None
    idle: int = 0
    """Working days that nothing happened since: it grows late."""
    by_phone: bool = False
    pickup: Place | None = None
    """Where the result is collected, when it is neither sent nor collected where it was applied for."""
    helped: bool = False
    """A member of staff helped at the terminal."""


def stories(lifecycle: Lifecycle) -> list[Story]:
    """All of them."""
    return [*_every_state(lifecycle), *_less_smooth()]


def way_to(flow: Flow, target: State) -> tuple[str, ...] | None:
    """The shortest way from SUBMITTED to `target` that people go; None if there is none."""
    queue: deque[tuple[State, tuple[str, ...]]] = deque([(State.SUBMITTED, ())])
    seen = {State.SUBMITTED}
    while queue:
        state, way = queue.popleft()
        if state is target:
            return way
        for one in flow.leaving(state):
            if one.target not in seen and _taken(one, target):
                seen.add(one.target)
                queue.append((one.target, (*way, one.event)))
    return None


def _taken(one: Transition, target: State) -> bool:
    if one.event in _VIDEO:
        return target is State.VIDEO_CONSULT
    if one.target is State.PARTIALLY_DONE:
        return False
    return _DETOURS.get(one.event, target) is target


def _every_state(lifecycle: Lifecycle) -> list[Story]:
    pairs = ((WUSHEN, PINGLUO), (PINGLUO, WUSHEN), (WUSHEN, QINGYANG), (HUIMIN, WUSHEN))
    found = []
    for key, flow in lifecycle.flows.items():
        mode = Mode(key)
        for number, state in enumerate(one for one in State if one in flow.states):
            way = way_to(flow, state)
            if way is None:
                continue
            receiving, handling = pairs[number % len(pairs)]
            items = ITEMS[mode]
            item = (
                "C003" if state is State.IN_TRANSIT and mode is Mode.COLLECT_AND_FORWARD else items[number % len(items)]
            )
            if state is State.IN_TRANSIT and mode in (Mode.MULTI_SITE_A, Mode.MULTI_SITE_B):
                item = "C009"
            found.append(
                Story(
                    mode,
                    receiving,
                    (handling,),
                    _prepared(way),
                    item,
                    _delivery(way, state),
                    state,
                    by_phone=number % 6 == 4,
                )
            )
    found.append(_two_places())
    return found


def _prepared(way: tuple[str, ...]) -> tuple[str, ...]:
    steps = tuple(step for event in way for step in (*_BEFORE.get(event, ()), event))
    return (*steps, "transmit") if way[-1:] == ("mail_out",) else steps


def _delivery(way: tuple[str, ...], state: State) -> DeliveryMethod:
    if "deliver_electronic" in way:
        return DeliveryMethod.ELECTRONIC
    if state is State.READY_FOR_PICKUP or "local_print" in way:
        return DeliveryMethod.PICKUP_AT_DESK
    return DeliveryMethod.EMS_TO_APPLICANT


def _two_places() -> Story:
    steps = ("open_intake", "check", "accept_on_spot", "transfer", "0:receive", "1:receive", "0:hand_to_dept", "1:hand_to_dept", "0:approve")  # fmt: skip
    return Story(Mode.MULTI_SITE_A, WUSHEN, (PINGLUO, GENHE), steps, "C004", reaches=State.PARTIALLY_DONE)


def _less_smooth() -> list[Story]:
    forward, online = Mode.COLLECT_AND_FORWARD, Mode.FULL_ONLINE
    intake = ("open_intake", "take", "check", "collect")
    done = (
        *intake,
        "send_papers",
        "transfer",
        "papers_arrive",
        "receive",
        "accept",
        "start_review",
        "approve",
        "issue_result",
    )
    here, there = WUSHEN, (PINGLUO,)
    post, desk, paperless = DeliveryMethod.EMS_TO_APPLICANT, DeliveryMethod.PICKUP_AT_DESK, DeliveryMethod.ELECTRONIC
    return [
        # Late or about to be.
        Story(forward, here, there, (), "C003", idle=3),
        Story(forward, here, there, (), "C007", by_phone=True),
        Story(forward, here, there, intake, "C007", idle=2),
        Story(forward, here, there, ("open_intake", "check", "collect"), "C003"),
        Story(forward, here, there, (*intake, "transfer", "receive", "accept", "start_review"), "C003", idle=24),
        Story(online, here, there, ("accept", "start_review"), "C001", idle=19),
        # Supplements: waiting, come in, and asked for twice.
        Story(forward, here, there, ("open_intake", "check_fails", "notify_once"), "C007", idle=8, by_phone=True),
        Story(forward, here, there, ("open_intake", "check_fails", "notify_once", "pause 1", "supplement"), "C003"),
        Story(forward, here, there, ("open_intake", "notify_once", "supplement", "check_fails", "notify_once"), "C007"),
        # Supplemented at the department's request, for it to check; and something asked for that only a law asks for.
        Story(forward, here, there, (*intake, "transfer", "receive", "notify_once", "supplement", "check", "collect", "transfer", "receive"), "C007"),
        Story(forward, here, there, ("open_intake", "check_fails", "ask_beyond"), "C003"),
        # Withdrawals asked for and not yet confirmed; papers in the post; a consultation by video where it is required.
        Story(forward, here, there, ("open_intake", "take", "ask_to_withdraw"), "C003"),
        Story(forward, here, there, (*intake, "send_papers", "transfer", "receive"), "C003"),
        Story(forward, GENHE, there, ("open_intake", "start_video", "check", "video", "remote_ok", "transfer"), "C007"),
        Story(forward, GENHE, (WUSHEN,), ("open_intake", "start_video", "book_video"), "C003"),
        Story(Mode.MULTI_SITE_A, GENHE, (PINGLUO, WUSHEN), ("open_intake", "start_multi_video", "video", "check", "accept_on_spot", "transfer"), "C004"),
        # Done, delivered, and what citizens said of it.
        Story(forward, here, there, (*done, "send_result", "dispatch_result", "result_arrives", "signed_for", "rate 5"), "C003", post),
        Story(forward, here, there, (*done, "send_result", "dispatch_result"), "C007", post),
        Story(forward, here, there, (*done, "local_print", "picked_up", "rate 4", "archive"), "C003", desk),
        Story(forward, here, there, (*done, "local_print", "picked_up", "rate 2"), "C007", desk, idle=2),
        # Collected at a third place: under way to it, and to be printed there.
        Story(forward, here, there, (*done, "send_result", "dispatch_result"), "C003", desk, pickup=GENHE, helped=True),
        Story(forward, here, there, done, "C007", desk, pickup=GENHE),
        Story(online, here, there, ("accept", "start_review", "approve", "issue_result", "deliver_electronic", "rate 1", "verify_rating"), "C018", paperless, idle=17),
        Story(online, here, there, ("accept", "start_review", "approve", "issue_result", "deliver_electronic", "complain"), "C001", paperless),
        Story(online, PINGLUO, (WUSHEN,), ("accept", "start_review", "approve", "issue_result", "deliver_electronic", "rate 5"), "C001", paperless),
        Story(forward, here, (QINGYANG,), ("open_intake", "complain"), "C009", idle=1),
        # Items on no national list: between places with an agreement about them, and without.
        Story(forward, PINGLUO, (HUIMIN,), ("open_intake",), "C021"),
        Story(forward, here, (QINGYANG,), ("open_intake",), "C025"),
    ]  # fmt: skip
