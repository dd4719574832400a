"""The four flows of a case, as data: assets/casework/lifecycle.json, read into frozen types.

Which acts exist, who may do them, what must hold, and what each brings along (document, notice, clocks) is said there
and nowhere else. An event leads from a state to exactly one other, so (flow, state, event) names a transition.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from central.assets import ASSETS
from central.casework.acts import Words
from central.casework.terms import Actor, ClockKind, DocumentKind, Guard, NoticeKind
from kiosk.protocol.states import State

FILE = ASSETS / "casework" / "lifecycle.json"


@dataclass(frozen=True, slots=True)
class ClockChange:
    """What a transition does to clocks."""

    starts: bool
    clock: ClockKind | None
    """None: all that run (only ever stopped)."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of a flow."""

    source: State
    event: str
    target: State
    actors: frozenset[Actor]
    guards: tuple[Guard, ...]
    document: DocumentKind | None
    notice: NoticeKind | None
    clocks: tuple[ClockChange, ...]
    basis: str
    """Document and article, e.g. 根河规程 第八条; [A] assumed, [K] general knowledge."""


@dataclass(frozen=True, eq=False)
class Flow:
    """The flow of one mode. `key` is a `kiosk.protocol.application.Mode`."""

    key: str
    words: Words
    states: frozenset[State]
    transitions: tuple[Transition, ...]
    _table: MappingProxyType[tuple[State, str], Transition]

    def find(self, state: State, event: str) -> Transition | None:
        """The transition that `event` makes from `state`, if there is one."""
        return self._table.get((state, event))

    def leaving(self, state: State) -> tuple[Transition, ...]:
        """All transitions out of `state`, in the order of the file."""
        return tuple(one for one in self.transitions if one.source is state)


@dataclass(frozen=True, eq=False)
class Lifecycle:
    """All flows, and the names of what occurs in them."""

    version: str
    flows: MappingProxyType[str, Flow]
    terminal: frozenset[State]
    """States that end a case. (A false material found later still revokes an archived one.)"""
    states: MappingProxyType[State, Words]
    """In the words of staff; a citizen reads `State.zh`."""
    events: MappingProxyType[str, Words]
    documents: MappingProxyType[DocumentKind, Words]
    clocks: MappingProxyType[ClockKind, Words]

    def flow(self, mode: str) -> Flow:
        """The flow of a mode."""
        return self.flows[mode]

    def event(self, event: str) -> Words:
        """The name of an event; one the lifecycle does not know is shown as it is."""
        return self.events.get(event) or Words(event, event)


@cache
def load(path: Path = FILE) -> Lifecycle:
    """Read the lifecycle. What makes no sense (unknown state, actor, guard …) raises ValueError or KeyError here, once."""
    data = json.loads(path.read_text("utf-8"))
    return Lifecycle(
        version=data["version"],
        flows=MappingProxyType({key: _flow(key, flow) for key, flow in data["flows"].items()}),
        terminal=frozenset(State(code) for code, state in data["states"].items() if state["terminal"]),
        states=MappingProxyType({State(code): _words(one) for code, one in data["states"].items()}),
        events=MappingProxyType({code: _words(one) for code, one in data["events"].items()}),
        documents=MappingProxyType(
            {DocumentKind(code): _words(one) for code, one in data["documents"].items() if code in set(DocumentKind)}
        ),
        clocks=MappingProxyType({ClockKind(code): _words(one) for code, one in data["clocks"].items()}),
    )


def _flow(key: str, data: dict[str, Any]) -> Flow:
    transitions = tuple(_transition(row) for row in data["transitions"])
    table = {(one.source, one.event): one for one in transitions}
    if len(table) != len(transitions):
        raise ValueError(f"flow {key}: an event leads to two states")
    states = frozenset(State(code) for code in data["states"])
    return Flow(key, _words(data), states, transitions, MappingProxyType(table))


def _transition(row: dict[str, Any]) -> Transition:
    return Transition(
        source=State(row["from"]),
        event=row["event"],
        target=State(row["to"]),
        actors=frozenset(Actor(one) for one in row["actors"]),
        guards=tuple(Guard(one) for one in row["guards"]),
        document=DocumentKind(row["document"]) if row["document"] else None,
        notice=NoticeKind(row["notice"]) if row["notice"] else None,
        clocks=tuple(_change(words) for words in row["clocks"]),
        basis=row["basis"],
    )


def _change(words: str) -> ClockChange:
    verb, clock = words.split()
    if verb not in ("start", "stop") or (verb, clock) == ("start", "all"):
        raise ValueError(f"no such change of a clock: {words}")
    return ClockChange(verb == "start", None if clock == "all" else ClockKind(clock))


def _words(one: dict[str, Any]) -> Words:
    return Words(one["zh"], one["en"])
