"""`central user` and `central audit`: the first administrator, help when nobody can sign in, and proof for the auditor."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, update

from central.centre import CentreParts, assemble
from central.cli import main
from central.desk.security import password_fits
from central.settings import load
from central.store.models import AuditEntry, User

SECRET = "a sentence to begin with"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder as `central init` leaves it."""
    folder = tmp_path / "centre"
    assert run("init", data=folder).exit_code == 0
    return folder


def run(*arguments: str, data: Path, typed: str = "") -> Result:
    command, *rest = arguments
    group = command.split()
    return CliRunner().invoke(main, [*group, "--data", str(data), *rest], input=typed)


def first_administrator(data: Path) -> Result:
    return run(
        "user add", "root.admin", "--name", "管理员", "--unit", "150626-hall", "--region", "150626", "--role", "administrator",
        data=data, typed=f"{SECRET}\n",
    )  # fmt: skip


def opened(data: Path) -> CentreParts:
    return assemble(load(data))


def user(data: Path, login: str) -> User:
    centre = opened(data)
    with centre.database.reading() as session:
        found = session.scalars(select(User).where(User.login == login)).one()
    centre.close()
    return found


def test_the_first_administrator_comes_from_the_command_line(data: Path) -> None:
    result = first_administrator(data)
    assert result.exit_code == 0, result.output
    assert SECRET not in result.output
    made = user(data, "root.admin")
    assert (made.roles, made.must_change_password, made.unit.region_code) == (["administrator"], True, "150626")
    assert password_fits(made.password_hash, SECRET)
    assert not password_fits(made.password_hash, SECRET + ".")
    assert "root.admin\t150626-hall\tadministrator\tactive" in run("user list", data=data).output


def test_a_password_is_never_an_argument_and_never_a_weak_one(data: Path) -> None:
    assert "--password" not in CliRunner().invoke(main, ["user", "add", "--help"]).output
    result = run("user add", "x.y.z", "--name", "x", "--unit", "u-1", "--region", "150626", data=data, typed="short\n")
    assert result.exit_code == 1
    assert "12" in result.output
    assert run("user list", data=data).output == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("user add", "root.admin", "--name", "x", "--unit", "150626-hall"), "taken"),
        (("user add", "Ü", "--name", "x", "--unit", "150626-hall"), "login"),
        (("user add", "x.y.z", "--name", "x", "--unit", "elsewhere", "--region", "640221"), "no such unit"),
        (
            ("user add", "x.y.z", "--name", "x", "--unit", "150626-hall", "--role", "auditor", "--role", "window"),
            "no other role",
        ),
        (("user passwd", "nobody"), "nobody"),
        (("user reset-totp", "nobody"), "nobody"),
    ],
)
def test_mistakes_are_answered_in_one_line_and_change_nothing(
    data: Path, arguments: tuple[str, ...], words: str
) -> None:
    first_administrator(data)
    result = run(*arguments, data=data, typed=f"{SECRET}!\n")
    assert result.exit_code == 1
    assert words in result.output
    assert "Traceback" not in result.output
    assert run("user list", data=data).output.count("\n") == 1


def test_somebody_locked_out_gets_a_new_password_and_a_new_second_factor(data: Path) -> None:
    first_administrator(data)
    centre = opened(data)
    with centre.database.writing() as session:
        session.execute(update(User).values(totp_counter=5, totp_sealed=b"x", failures=3))
    centre.close()
    assert run("user passwd", "root.admin", data=data, typed="another sentence\n").exit_code == 0
    assert run("user reset-totp", "root.admin", data=data).exit_code == 0
    helped = user(data, "root.admin")
    assert (helped.totp_counter, helped.totp_sealed, helped.failures) == (0, None, 0)
    assert password_fits(helped.password_hash, "another sentence")
    centre = opened(data)
    with centre.database.reading() as session:
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    centre.close()
    assert actions[-3:] == ["user.password_set", "user.unlocked", "user.second_factor_reset"]


@pytest.mark.req("R056")
def test_the_audit_trail_is_anchored_checked_and_found_tampered_with(data: Path, tmp_path: Path) -> None:
    first_administrator(data)
    kept = tmp_path / "anchors.txt"
    kept.write_text(run("audit anchor", data=data).output)
    sound = run("audit verify", "--anchors", str(kept), data=data)
    assert sound.exit_code == 0
    assert ", 2 anchors, head " in sound.output
    kept.write_text("garbage\n")
    assert run("audit verify", "--anchors", str(kept), data=data).exit_code == 1
    centre = opened(data)
    with centre.database.writing() as session:
        session.execute(update(AuditEntry).where(AuditEntry.action == "user.created").values(target="somebody.else"))
    centre.close()
    tampered = run("audit verify", data=data)
    assert tampered.exit_code == 1
    assert "its content was changed" in tampered.output
    assert "tampered with" in tampered.output
