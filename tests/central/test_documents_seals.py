"""`central seals`: demonstration seals for every unit, and real ones from a PKCS#12 file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID
from sqlalchemy import update

from central.casework.terms import DocumentKind as Kind
from central.centre import CentreParts, assemble
from central.cli import main
from central.documents.marks import seal_svg
from central.documents.papers import papers_of, seals_of
from central.store.models import Unit
from tests.central.desk import people
from tests.central.paper_rig import issue
from tests.central.rig import initialised

HALL = "150626-hall"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[CentreParts]:
    parts = assemble(initialised(tmp_path / "centre"))
    people(parts)
    yield parts
    parts.close()


def run(parts: CentreParts, *arguments: str) -> Result:
    command, *rest = arguments
    return CliRunner().invoke(main, ["seals", command, "--data", str(parts.settings.data), *rest])


def real_seal(parts: CentreParts, passphrase: bytes) -> bytes:
    """A seal as a certificate authority would hand it over."""
    key, authority = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    now = parts.now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "乌审旗政务服务局")]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "某某电子认证中心")]))
        .public_key(key.public_key())
        .serial_number(17)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(authority, hashes.SHA256())
    )
    return pkcs12.serialize_key_and_certificates(b"x", key, certificate, None, BestAvailableEncryption(passphrase))


def test_every_unit_without_a_seal_gets_a_demonstration_seal(office: CentreParts) -> None:
    assert "no seal" in run(office, "list").output
    made = run(office, "create")
    assert made.exit_code == 0
    assert made.output.count("until") == 8
    assert run(office, "create").output == ""
    listed = run(office, "list").output
    assert "no seal" not in listed
    assert listed.count("(demonstration)") == 8


def test_one_unit_gets_one_once(office: CentreParts) -> None:
    assert HALL in run(office, "create", "--unit", HALL).output
    again = run(office, "create", "--unit", HALL)
    assert again.exit_code == 1
    assert "has a seal already" in again.output
    assert run(office, "create", "--unit", "nowhere").exit_code == 1


def test_a_long_name_fits_into_a_certificate_and_is_whole_on_the_seal(office: CentreParts) -> None:
    name = "内蒙古自治区鄂尔多斯市乌审旗人力资源和社会保障局跨省通办专用章（2）"
    with office.database.writing() as session:
        session.execute(update(Unit).where(Unit.code == HALL).values(name=name, seal_name=name))
    assert run(office, "create", "--unit", HALL).exit_code == 0
    document = issue(office, Kind.COLLECTION_NOTICE)
    assert papers_of(office).pdf(document).signed
    drawn = seal_svg(papers_of(office).content(document).seal_name)
    assert "".join(re.findall(r">([^<]+)</text>", drawn)) == name


def test_a_real_seal_takes_the_place_of_the_demonstration(office: CentreParts, tmp_path: Path) -> None:
    run(office, "create")
    file = tmp_path / "seal.p12"
    file.write_bytes(real_seal(office, b"secret"))
    wrong = run(office, "import", "--unit", HALL, "--passphrase", "guess", str(file))
    assert wrong.exit_code == 1
    assert "passphrase is wrong" in wrong.output
    assert run(office, "import", "--unit", "nowhere", "--passphrase", "secret", str(file)).exit_code == 1
    assert run(office, "import", "--unit", HALL, "--passphrase", "secret", str(file)).exit_code == 0
    assert "乌审旗政务服务局 (issued by 某某电子认证中心), serial 11" in run(office, "list").output
    seal = seals_of(office).get(HALL)
    assert seal is not None
    assert not seal.demonstration
    assert papers_of(office).pdf(issue(office, Kind.COLLECTION_NOTICE)).signed


def test_what_is_no_seal_is_not_imported(office: CentreParts, tmp_path: Path) -> None:
    file = tmp_path / "seal.p12"
    file.write_bytes(b"not a seal")
    answer = run(office, "import", "--unit", HALL, "--passphrase", "", str(file))
    assert answer.exit_code == 1
    assert seals_of(office).get(HALL) is None
