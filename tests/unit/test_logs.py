"""Nothing but declared events with declared fields can be logged: personal data has no way in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import logs


def test_a_declared_event_is_one_json_line(tmp_path: Path) -> None:
    logs.configure(tmp_path)
    logs.log("visit.ended", pid=7, reason="done")
    (line,) = (tmp_path / "kiosk.jsonl").read_text("utf-8").splitlines()
    entry = json.loads(line)
    assert (entry["event"], entry["pid"], entry["reason"]) == ("visit.ended", 7, "done")


@given(field=st.text(min_size=1))
def test_an_undeclared_field_is_refused_without_quoting_what_it_holds(field: str) -> None:
    if field in logs.EVENTS["visit.ended"] or field == "event":
        return
    with pytest.raises(logs.UndeclaredEvent) as caught:
        logs.log("visit.ended", **{field: "199000000000 某人"})
    assert "某人" not in str(caught.value)


def test_an_undeclared_event_is_refused() -> None:
    with pytest.raises(logs.UndeclaredEvent):
        logs.log("citizen.named")
