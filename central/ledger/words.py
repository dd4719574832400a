"""The codes of the ledger in words that staff read."""

from __future__ import annotations

from collections.abc import Mapping

from central.casework import lifecycle
from central.casework.acts import Words
from kiosk.protocol.states import State

MODES: Mapping[str, Words] = {
    "full_online": Words("全程网办", "Full online"),
    "collect_and_forward": Words("异地代收代办", "Collected and forwarded"),
    "multi_site_A": Words("多地联办A", "Multi-site A"),
    "multi_site_B": Words("多地联办B", "Multi-site B"),
}
OUT, IN = "out", "in"
DIRECTIONS: Mapping[str, Words] = {
    OUT: Words("代外收", "Received here for elsewhere"),
    IN: Words("外代收", "Received elsewhere for here"),
}
"""本点代他点收件 and 他点代本点收件, seen from the reader's place."""
CHANNELS: Mapping[str, Words] = {
    "kiosk": Words("自助", "Terminal"),
    "window": Words("窗口", "Desk"),
    "web": Words("电脑端", "Web"),
    "app": Words("移动端", "App"),
    "tv": Words("电视端", "Television"),
}
IDENTITY: Mapping[str, Words] = {
    "kiosk": Words("终端读取身份证件", "Card read by the terminal"),
    "window": Words("窗口查验身份证件", "Card seen at the desk"),
}
"""身份核验方式, by channel; the others come with the sign-in of a platform."""
PLATFORM_IDENTITY = Words("统一身份认证", "Platform sign-in")
DELIVERIES: Mapping[str, Words] = {
    "ems_to_applicant": Words("EMS 到家", "EMS to the applicant"),
    "pickup_at_desk": Words("窗口取", "Picked up at the desk"),
    "electronic": Words("电子", "Electronic"),
}

RESULTS: Mapping[str, Words] = {
    "approved": Words("准予", "Approved"),
    "rejected": Words("不予审批", "Rejected"),
    "not_accepted": Words("不予受理", "Not accepted"),
    "returned": Words("退回", "Returned"),
    "withdrawn": Words("撤回", "Withdrawn"),
    "expired": Words("逾期未补正", "Not supplemented in time"),
    "revoked": Words("撤销", "Revoked"),
    "pending": Words("在办", "Pending"),
}
STATES_OF: Mapping[str, frozenset[State]] = {
    "approved": frozenset(
        {
            State.APPROVED,
            State.RESULT_ISSUED,
            State.IN_DELIVERY,
            State.READY_FOR_PICKUP,
            State.COMPLETED,
            State.ARCHIVED,
        }
    ),
    "rejected": frozenset({State.REJECTED}),
    "not_accepted": frozenset({State.NOT_ACCEPTED}),
    "returned": frozenset({State.RETURNED}),
    "withdrawn": frozenset({State.WITHDRAWN}),
    "expired": frozenset({State.EXPIRED}),
    "revoked": frozenset({State.REVOKED}),
}
"""Which states a result shows itself in; every other state is pending."""
PENDING = frozenset(State) - frozenset().union(*STATES_OF.values())

STATES: Mapping[str, Words] = {
    state.value: words
    for state, words in lifecycle.load().states.items()
    if state not in (State.DRAFT, State.QUEUED_OFFLINE)
}
"""Those a case can have at the centre."""
CLOCKS: Mapping[str, Words] = {clock.value: words for clock, words in lifecycle.load().clocks.items()}
RATINGS: Mapping[int, Words] = {
    5: Words("非常满意", "Very satisfied"),
    4: Words("满意", "Satisfied"),
    3: Words("基本满意", "Mostly satisfied"),
    2: Words("不满意", "Dissatisfied"),
    1: Words("非常不满意", "Very dissatisfied"),
}
"""GB/T 39735—2020: five levels, the last two are bad ones (差评)."""


def result_of(state: str) -> str:
    """The result a state shows, a key of `RESULTS`."""
    return next((result for result, states in STATES_OF.items() if state in states), "pending")
