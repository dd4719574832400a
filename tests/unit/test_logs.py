"""Nothing but declared events with declared fields can be logged: personal data has no way in."""

from __future__ import annotations

import json
import subprocess
import sys
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


def test_a_folder_that_takes_no_log_is_told_and_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    logs.configure(tmp_path / "file" / "log")
    logs.log("network.back")
    told = [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()]
    assert told == ["log.no_file", "network.back"]


def test_a_visit_goes_on_in_the_new_file_when_the_station_has_begun_one(tmp_path: Path) -> None:
    file = tmp_path / "kiosk.jsonl"
    logs.configure(tmp_path, rotates=False)
    logs.log("network.lost", reason="")
    file.rename(tmp_path / "kiosk.jsonl.1")
    logs.log("network.back")
    assert [json.loads(line)["event"] for line in file.read_text("utf-8").splitlines()] == ["network.back"]


def test_a_log_that_cannot_be_written_any_more_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "kiosk.jsonl"
    logs.configure(tmp_path, rotates=False)
    file.unlink()
    file.mkdir()
    logs.log("network.back")
    assert "network.back" in capsys.readouterr().err


def test_what_nobody_caught_is_told_by_type_and_place_without_its_message() -> None:
    program = """
import threading
from kiosk import logs
logs.configure()
logs.keep_messages_out()
def fail():
    raise ValueError("某人 199900199001011234")
thread = threading.Thread(target=fail, name="control")
thread.start()
thread.join()
fail()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    told = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(line["event"], line["thread"], line["error"]) for line in told] == [
        ("visit.defect", "control", "ValueError"),
        ("visit.defect", "main", "ValueError"),
    ]
    assert told[1]["place"] == "<string>:7 < <string>:11"
    assert "199900" not in done.stderr + done.stdout
    assert done.returncode == 1
