"""The social-security card's bytes, without a reader: what a broken or hostile card could do to a citizen.

If these fail, a garbled card crashes the visit, shows somebody a wrong name or number, or, worst, has its PIN tried
until it is blocked.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.smart_card import SocialSecurityCard
from drivers.smart_card.conversation import OTHER_WAYS, exchange, read_card
from drivers.smart_card.records import ALLOWED_INSTRUCTIONS, day, record_value, text
from drivers.status import DeviceError, InvalidData, InvalidMedia, UserError
from drivers.virtual.device import Faults
from drivers.virtual.personas import PERSONAS
from drivers.virtual.smart_card import FAULTS, CardChip

WANG = PERSONAS["wang"]
HOLDERS = [key for key, person in PERSONAS.items() if person.social_security is not None]
Transmit = Callable[[bytes], bytes]


def chip(persona: str = "wang", *faults: str) -> CardChip:
    wrong = Faults(FAULTS)
    for name in faults:
        wrong.fail_repeatedly(name)
    return CardChip(PERSONAS[persona], wrong)


def replacing(answers: dict[bytes, bytes], card: Transmit) -> Transmit:
    """`card`, but for the commands in `answers`."""
    return lambda command: answers.get(command) or card(command)


@pytest.mark.parametrize("holder", HOLDERS)
def test_every_item_of_every_holder_arrives_as_it_was_written(holder: str) -> None:
    person = PERSONAS[holder]
    social = person.social_security
    assert social is not None
    card = read_card(chip(holder).answer)
    assert card == SocialSecurityCard(
        social_security_number=person.id_number,
        name=person.name,
        sex_code=person.sex_code,
        ethnicity_code=person.ethnicity_code,
        birthplace_code=social.birthplace,
        birth_date=person.birth_date,
        identification_code=social.identification_code,
        category=social.category,
        specification=social.specification,
        initialising_institution=card.initialising_institution,
        issued=social.issued,
        expires=social.expires,
        card_number=social.number,
    )
    assert card.issuing_region == social.region
    assert card.initialising_institution.startswith(social.region)


def test_the_card_prints_without_its_holder() -> None:
    card = read_card(chip().answer)
    printed = f"{card!r} {card} {[card]}"
    assert WANG.name not in printed
    assert WANG.id_number not in printed


def test_every_field_is_there_for_json() -> None:
    written = json.loads(json.dumps(read_card(chip().answer).as_dict()))
    assert set(written) == {*SocialSecurityCard.__dataclass_fields__, "issuing_region"}
    assert written["birth_date"] == "1990-03-07"
    assert written["name"] == "王小满"
    assert written["unreadable"] == []


def test_a_card_that_answers_reads_by_tag_only_is_read() -> None:
    card = chip()

    def by_tag_only(command: bytes) -> bytes:
        by_number = command[1] == 0xB2 and command[3] == 0x04
        return b"\x6a\x86" if by_number else card.answer(command)

    assert read_card(by_tag_only).name == WANG.name


def test_a_card_that_wants_the_plain_file_selection_is_read() -> None:
    card = chip()

    def plain(command: bytes) -> bytes:
        if command[1:3] == b"\xa4\x02":
            return b"\x6a\x86"
        if command[1:3] == b"\xa4\x00":
            return card.answer(command[:2] + b"\x02" + command[3:])
        return card.answer(command)

    assert read_card(plain).name == WANG.name


def test_a_locked_optional_record_does_not_keep_the_holder_from_being_served() -> None:
    """Some third-generation cards want a key before the card number (EF05, record 7)."""
    card = read_card(replacing({bytes.fromhex("00B207040B"): b"\x69\x82"}, chip().answer))
    assert card.name == WANG.name
    assert card.card_number == ""
    assert card.unreadable == ("card_number",)


def test_a_garbled_optional_record_is_named_not_guessed() -> None:
    wrong_day = bytes.fromhex("0604 20231345 9000")
    # By number and by tag the same nonsense.
    answers = {bytes.fromhex("00B2060406"): wrong_day, bytes.fromhex("00B2060006"): wrong_day}
    card = read_card(replacing(answers, chip().answer))
    assert card.expires is None
    assert card.unreadable == ("expires",)


def test_an_empty_name_is_refused() -> None:
    blank = b"\x09\x1e" + bytes(30) + b"\x90\x00"
    with pytest.raises(InvalidMedia, match="name"):
        read_card(replacing({bytes.fromhex("00B2020420"): blank}, chip().answer))


def test_a_card_without_a_name_record_is_refused() -> None:
    with pytest.raises(InvalidMedia, match="name"):
        read_card(chip("wang", "missing_name_record").answer)


def test_a_card_that_wants_a_key_sends_its_holder_another_way() -> None:
    with pytest.raises(UserError) as caught:
        read_card(chip("wang", "security_6982").answer)
    assert caught.value.remedy is OTHER_WAYS


@pytest.mark.parametrize("status", ["6A82", "6D00", "6E00", "6700", "6283"])
def test_a_card_of_another_sort_is_called_so(status: str) -> None:
    with pytest.raises(InvalidMedia, match=status):
        read_card(lambda _: bytes.fromhex(status))


def test_an_answer_without_end_is_given_up() -> None:
    with pytest.raises(InvalidData, match="no end"):
        exchange(lambda _: b"\x00\x61\xff", bytes.fromhex("00B2010400"))


def test_a_long_answer_is_fetched_in_parts() -> None:
    parts = iter((b"\x61\x02", b"ab\x61\x01", b"c\x90\x00"))
    sent: list[bytes] = []

    def card(command: bytes) -> bytes:
        sent.append(command)
        return next(parts)

    assert exchange(card, bytes.fromhex("00B2010400")) == (b"abc", 0x9000)
    assert sent[1:] == [bytes.fromhex("00C0000002"), bytes.fromhex("00C0000001")]


def test_a_wrong_length_is_asked_again_with_the_right_one() -> None:
    sent: list[bytes] = []

    def card(command: bytes) -> bytes:
        sent.append(command)
        return b"\x6c\x07" if command[4] != 7 else b"1234567\x90\x00"

    assert exchange(card, bytes.fromhex("00B2010400")) == (b"1234567", 0x9000)
    assert sent[1] == bytes.fromhex("00B2010407")


@given(answers=st.data())
def test_whatever_a_card_answers_the_driver_only_selects_and_reads(answers: st.DataObject) -> None:
    """Random answers, with the status words that steer the conversation made likely."""
    status = st.sampled_from([bytes.fromhex(s) for s in ("9000", "6C20", "6120", "6982", "6A83", "6983", "63C1")])
    any_answer = st.binary(max_size=40) | st.builds(lambda d, s: d + s, st.binary(max_size=40), status)
    sent: list[bytes] = []

    def card(command: bytes) -> bytes:
        sent.append(command)
        return answers.draw(any_answer)

    with contextlib.suppress(DeviceError):
        read_card(card)
    assert {command[1] for command in sent} <= ALLOWED_INSTRUCTIONS
    assert len(sent) < 1000


@given(place=st.integers(0, 31), value=st.integers(0, 255), holder=st.sampled_from(HOLDERS))
def test_one_wrong_byte_in_an_answer_ends_in_a_card_or_a_clear_error(place: int, value: int, holder: str) -> None:
    card = chip(holder)

    def noisy(command: bytes) -> bytes:
        answer = bytearray(card.answer(command))
        answer[place % len(answer)] = value
        return bytes(answer)

    said = ""
    try:
        read_card(noisy)
    except DeviceError as error:
        said = f"{error} {error.__cause__}"
    assert PERSONAS[holder].id_number not in said
    assert PERSONAS[holder].name not in said


@given(tag=st.integers(0, 255), data=st.binary(max_size=64))
def test_a_record_is_its_value_or_invalid_data(tag: int, data: bytes) -> None:
    try:
        value = record_value(tag, data)
    except InvalidData:
        assert len(data) < 2 or data[0] != tag or len(data) < 2 + data[1]
    else:
        assert data.startswith(bytes((tag, len(value))) + value)


@given(st.binary(max_size=40))
def test_a_text_has_no_padding_and_no_control_characters(value: bytes) -> None:
    try:
        written = text(value)
    except InvalidData:
        return
    assert "\x00" not in written
    assert "\x1b" not in written
    assert written.encode("gb18030") == value.rstrip(b"\x00\xff ")


@given(st.binary(min_size=4, max_size=4))
def test_a_date_is_a_date_or_nothing_or_invalid_data(value: bytes) -> None:
    try:
        found = day(value)
    except InvalidData:
        return
    assert found is None or f"{found.year:04}{found:%m%d}" == value.hex()


@pytest.mark.parametrize(
    ("written", "meant"),
    [("20260131", date(2026, 1, 31)), ("FFFFFFFF", None), ("00000000", None)],
)
def test_a_date_may_be_left_empty(written: str, meant: date | None) -> None:
    assert day(bytes.fromhex(written)) == meant


@pytest.mark.parametrize("written", ["20260231", "2026013F", "2026AB01", "202601FF", "2026", "2026013100"])
def test_no_date_is_made_of_nonsense(written: str) -> None:
    with pytest.raises(InvalidData):
        day(bytes.fromhex(written))
