"""How the next acts are laid before a clerk: what leads on first, what ends a case last, the plain ones at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from central.casefile import Dossier
from central.casework.acts import NextAct
from central.desk.act_forms import ENDS

_LEADING = (
    "open_intake", "open_prereview", "collect", "remote_ok", "accept_on_spot", "transfer", "receive", "paper_received",
    "hand_to_dept", "accept", "start_review", "approve", "verify_ok", "process_locally", "finish_locally", "issue_result",
    "deliver_electronic", "local_print", "arrive_at_desk", "picked_up", "signed_for", "dispatch_result", "archive",
)  # fmt: skip
"""The main line of the flows."""
_BESIDE = ("start_video", "start_multi_video", "mail_out", "notify_once")
_AT_ONCE = frozenset(
    {
        "open_intake", "open_prereview", "start_video", "start_multi_video", "transfer", "receive", "paper_received",
        "hand_to_dept", "start_review", "process_locally",
    }
)  # fmt: skip
"""Done by one press: they ask for nothing, issue nothing, and only say where the case is."""
_VIDEO = ("start_video", "start_multi_video")


@dataclass(frozen=True, slots=True)
class Step:
    """A next act and how its button looks: primary, plain or danger."""

    act: NextAct
    kind: str
    at_once: bool


def steps(dossier: Dossier, acts: Sequence[NextAct]) -> tuple[Step, ...]:
    """The acts in the order in which they are likely; at most one is the obvious one."""
    ordered = sorted(acts, key=_rank)
    obvious = next((act for act in ordered if act.event in _LEADING and not act.missing), None)
    if obvious is None and not dossier.unchecked:  # everything is checked and it still does not lead on: consult
        obvious = next((act for act in ordered if act.event in _VIDEO and not act.missing), None)
    return tuple(
        Step(
            act,
            "danger" if act.event in ENDS else "primary" if act is obvious else "plain",
            act.event in _AT_ONCE and not act.needs,
        )
        for act in ordered
    )


def _rank(act: NextAct) -> tuple[int, int]:
    for group, events in enumerate((_LEADING, _BESIDE)):
        if act.event in events:
            return group, events.index(act.event)
    return (3, 0) if act.event in ENDS else (2, 0)
