"""One application, several handling places (R007): the case's state is put together from those of its parts. Pure.

The first place to receive, or to hand over, moves the case along. In mode A the case is partly done from the first decision
until the last; it is approved when all have decided, and rejected as soon as one required place rejects. In mode B it is
verified when all have verified. Only people decide; these moves are what their decisions add up to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from central.casework.lifecycle import Flow, Transition
from kiosk.protocol.states import State

PER_PLACE = frozenset({"receive", "paper_received", "hand_to_dept", "approve", "reject", "verify_ok", "verify_fail"})
"""Events that each handling place does for its own part."""
ALL_TOGETHER = frozenset({"transfer", "mail_out"})
"""Events that move the case and all its parts."""
COMPOSED = frozenset({"some_subcases_done", "all_subcases_done", "any_required_rejected"})
"""What the case does when its parts have moved; the system's."""
_DONE = frozenset({State.APPROVED, State.REJECTED, State.VERIFIED_BY_HANDLING})
_FOLLOWED = frozenset({"receive", "paper_received", "hand_to_dept"})


@dataclass(frozen=True, slots=True)
class Part:
    """One handling place's part."""

    state: State
    required: bool = True


def moves(flow: Flow, state: State, event: str, parts: Sequence[Part]) -> tuple[Transition, ...]:
    """What the case does after `event` was done for one of its `parts` (as they are afterwards)."""
    if event in _FOLLOWED:
        step = flow.find(state, event)
        return (step,) if step else ()
    wanted = _decided(state, parts) if flow.find(State.PARTIALLY_DONE, "all_subcases_done") else _verified(parts)
    steps = []
    for name in wanted:
        step = flow.find(state, name)
        if step is not None:
            steps.append(step)
            state = step.target
    return tuple(steps)


def _decided(state: State, parts: Sequence[Part]) -> list[str]:
    events = ["some_subcases_done"] if state is State.UNDER_REVIEW else []
    if any(part.required and part.state is State.REJECTED for part in parts):
        events.append("any_required_rejected")
    elif all(part.state in _DONE for part in parts):
        events.append("all_subcases_done")
    return events


def _verified(parts: Sequence[Part]) -> list[str]:
    if any(part.required and part.state is State.REJECTED for part in parts):
        return ["verify_fail"]
    return ["verify_ok"] if all(part.state in _DONE for part in parts) else []
