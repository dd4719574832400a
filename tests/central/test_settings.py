"""Settings: what a site writes down counts, what makes no sense is said, and secrets are never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from central.settings import Settings, SettingsError, load


def written(folder: Path, text: str) -> Path:
    (folder / "central.toml").write_text(text, "utf-8")
    return folder


def test_without_a_file_a_centre_stands_on_its_own(tmp_path: Path) -> None:
    settings = load(tmp_path, {})
    assert settings == Settings(tmp_path)
    assert settings.database_url == f"sqlite:///{tmp_path}/central.db"
    assert settings.files.kind == "local"
    assert settings.sms.provider == "none"


def test_the_file_counts_and_the_environment_outweighs_it(tmp_path: Path) -> None:
    written(tmp_path, '[database]\nurl = "sqlite:///a.db"\n[desk]\nidle_minutes = 5\n[web]\nchunk_size = 65536\n')
    settings = load(tmp_path, {"TONGBAN_DATABASE_URL": "sqlite:///b.db", "OTHER": "x"})
    assert settings.database_url == "sqlite:///b.db"
    assert (settings.desk.idle_minutes, settings.chunk_size) == (5, 65536)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[databse]\nurl = 'hunter2'", "databse"),
        ("[database]\nurll = 'hunter2'", "database.urll"),
        ("[desk]\nidle_minutes = 'hunter2'", "desk.idle_minutes"),
        ("[desk]\nidle_minutes = 0", "desk.idle_minutes"),
        ("[files]\nkind = 'hunter2'", "files.kind"),
        ("sms = 'hunter2'", "sms"),
        ("[sms]\nsecret_key = 42", "sms.secret_key"),
        ("hunter2 = [", "TOML"),
    ],
)
def test_what_makes_no_sense_is_named_and_not_quoted(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(written(tmp_path, text), {})
    assert named in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        {
            "TONGBAN_DATABASE_URL": "postgresql+psycopg://tongban:hunter2@db/x",
            "TONGBAN_SMS_SECRET_KEY": "hunter2",
            "TONGBAN_FILES_SECRET_ACCESS_KEY": "hunter2",
            "TONGBAN_TRACKING_KEY": "hunter2",
        },
    )
    assert "hunter2" not in repr(settings)
    assert "hunter2" in settings.database_url
