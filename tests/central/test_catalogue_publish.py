"""`central publish`: what does not come from the editor is checked before it is signed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from central.catalogue import publishing, shipped
from central.cli import main
from central.settings import Settings
from central.store.database import Database


@pytest.fixture
def publish(settings: Settings, tmp_path: Path):  # type: ignore[no-untyped-def]
    def run(*arguments: str, content: object = None) -> Result:
        command = ["publish", arguments[0], "--data", str(settings.data), *arguments[1:]]
        if content is not None:
            file = tmp_path / "content.json"
            file.write_text(json.dumps(content), encoding="utf-8")
            command.append(str(file))
        return CliRunner(env={"TONGBAN_DATABASE_URL": settings.database_url}).invoke(main, command)

    return run


def test_a_new_centre_publishes_what_came_with_the_software_once(publish, settings: Settings) -> None:  # type: ignore[no-untyped-def]
    publish("shipped")
    assert "nothing new" in publish("shipped").output
    database = Database.open(settings.database_url)
    with database.reading() as session:
        newest = publishing.latest(session, "catalogue")
        assert newest is not None
        assert publishing.contents_of(session, newest).keys() == shipped.catalogue().keys()
    database.close()
    assert "calendar: 20" in publish("status").output


def test_a_year_of_the_calendar_is_added_to_those_published(publish) -> None:  # type: ignore[no-untyped-def]
    done = publish("calendar", content={"2027": {"off": ["2027-01-01"], "extra_workdays": ["2027-01-02"]}})
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    "years",
    [
        {"2027": {"off": ["2026-01-01"], "extra_workdays": []}},
        {"2027": {"off": ["2027-13-01"], "extra_workdays": []}},
        {"2027": {"off": [7], "extra_workdays": []}},
        {"2027": {"off": []}},
        {"next": {"off": [], "extra_workdays": []}},
        {"2027": {"off": ["2027-01-02"], "extra_workdays": ["2027-01-02"]}},
        {"2027": {"off": [], "extra_workdays": ["2027-01-04"]}},
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused_with_the_place(publish, years: object) -> None:  # type: ignore[no-untyped-def]
    refused = publish("calendar", content=years)
    assert refused.exit_code == 1
    assert "Error:" in refused.output
    assert "Traceback" not in refused.output


def test_rules_of_places_that_make_no_sense_are_refused(publish) -> None:  # type: ignore[no-untyped-def]
    assert publish("profiles", content={"default": "wushen", "profiles": {"wushen": {"c1_hours": 2}}}).exit_code == 1
    assert publish("profiles", content={"default": "nobody", "profiles": {}}).exit_code == 1
