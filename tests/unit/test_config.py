"""A typing error in config.toml must be found by the technician, with file, key and reason, not by a citizen."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk import config

SHIPPED = Path(__file__).parents[2] / "config.toml"


def problems_of(text: str, tmp_path: Path, *overrides: str) -> list[str]:
    file = tmp_path / "config.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(config.ConfigError) as caught:
        config.load(file, overrides)
    return [line.replace(str(tmp_path) + "/", "") for line in caught.value.problems]


def test_the_shipped_settings_are_valid() -> None:
    settings = config.load(SHIPPED)
    assert settings.terminal.receiving_region == "150785"
    assert settings.devices.id_card_reader.options["link"] == "/dev/ttyUSB0"


def test_an_unknown_key_is_refused_with_file_and_key(tmp_path: Path) -> None:
    text = SHIPPED.read_text("utf-8") + "\n[extra]\nkey = 1\n"
    assert problems_of(text, tmp_path) == ["config.toml: extra: unknown key"]


def test_an_unknown_key_of_a_device_is_refused_by_its_driver(tmp_path: Path) -> None:
    text = SHIPPED.read_text("utf-8").replace("paper_width_mm = 80", "paper_width = 80")
    assert problems_of(text, tmp_path) == ["config.toml: devices.receipt_printer.paper_width: unknown key"]


def test_a_bad_value_is_refused_with_its_reason(tmp_path: Path) -> None:
    text = SHIPPED.read_text("utf-8").replace('receiving_region = "150785"', 'receiving_region = "根河"')
    (line,) = problems_of(text, tmp_path)
    assert line.startswith("config.toml: terminal.receiving_region: ")


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    text = SHIPPED.read_text("utf-8").replace("number = 1 ", "number = 1000 ").replace("width = 1080", 'width = "x"')
    keys = [line.split(": ")[1] for line in problems_of(text, tmp_path)]
    assert keys == ["terminal.number", "screen.width"]


def test_a_driver_that_does_not_exist_is_named_with_those_that_do(tmp_path: Path) -> None:
    text = SHIPPED.read_text("utf-8").replace('driver = "escpos"', 'driver = "star"')
    assert problems_of(text, tmp_path) == [
        "config.toml: devices.receipt_printer.driver: no driver 'star'; there are: escpos"
    ]


def test_broken_toml_and_a_missing_file_are_said_plainly(tmp_path: Path) -> None:
    assert problems_of("[terminal", tmp_path)[0].startswith("config.toml: not valid TOML")
    with pytest.raises(config.ConfigError, match="cannot be read: No such file"):
        config.load(tmp_path / "absent.toml")


def test_an_override_points_a_driver_at_any_link() -> None:
    settings = config.load(SHIPPED, ["devices.id_card_reader.link=socket://127.0.0.1:9"])
    assert settings.devices.id_card_reader.options["link"] == "socket://127.0.0.1:9"


def test_a_bad_override_is_blamed_on_the_command_line_not_on_the_file(tmp_path: Path) -> None:
    text = SHIPPED.read_text("utf-8")
    assert problems_of(text, tmp_path, "screen.width=wide")[0].startswith("--set: screen.width: ")
    assert problems_of(text, tmp_path, "nonsense") == ["--set nonsense: write it as key.path=value"]
