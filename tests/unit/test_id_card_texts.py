"""The card's text: each field from its published place, rare characters kept, nonsense refused, nobody printed."""

from __future__ import annotations

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.id_card_reader import CardKind
from drivers.id_card_reader.card_texts import ETHNICITIES, parse_newest_address, parse_text
from drivers.id_card_reader.sam_answers import format_sam_number, split_base
from drivers.status import InvalidData
from drivers.virtual.card_texts import card_text
from drivers.virtual.personas import PERSONAS


def blank(**fields: tuple[int, str]) -> bytearray:
    """256 bytes of spaces with texts at byte offsets, as printed in the published tables."""
    text = bytearray(b" \0" * 128)
    for offset, value in fields.values():
        raw = value.encode("utf-16-le")
        text[offset : offset + len(raw)] = raw
    return text


def test_a_resident_card_field_by_field() -> None:
    text = blank(
        name=(0, "王小满"),
        sex=(30, "2"),
        ethnicity=(32, "05"),
        birth=(36, "19900307"),
        address=(52, "示例街12号"),
        number=(122, "199900199003070126"),
        authority=(158, "示例分局"),
        start=(188, "20190520"),
        end=(204, "长期"),
    )
    card = parse_text(bytes(text), photo=b"WL", newest_address="新址")
    assert card.as_dict() == {
        "kind": "resident",
        "name": "王小满",
        "english_name": "",
        "sex_code": "2",
        "sex": "女",
        "ethnicity_code": "05",
        "ethnicity": "维吾尔",
        "birth_date": "1990-03-07",
        "address": "示例街12号",
        "newest_address": "新址",
        "id_number": "199900199003070126",
        "issuing_authority": "示例分局",
        "valid_from": "2019-05-20",
        "valid_until": None,
        "long_term": True,
        "nationality_code": "",
        "pass_number": "",
        "issue_count": "",
        "renewal_count": "",
        "version": "",
        "acceptance_authority_code": "",
        "old_number_association": "",
        "photo": "V0w=",
    }


def test_a_hong_kong_resident_has_a_pass_and_no_ethnicity() -> None:
    text = blank(name=(0, "何维港"), reserved=(32, "01"), travel=(220, "H00000099"), count=(238, "02"), kind=(248, "J"))
    card = parse_text(bytes(text))
    assert card.kind is CardKind.HK_MACAO_TAIWAN_RESIDENT
    assert (card.pass_number, card.issue_count, card.ethnicity) == ("H00000099", "02", "")


def test_the_2023_foreigners_name_runs_on_in_the_spare_field() -> None:
    name = "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRST"
    text = blank(
        renewals=(32, "01"), english=(52, name[:35]), more=(220, name[35:]), nation=(242, "GBR"), kind=(248, "Y"),
        association=(250, "002"),
    )  # fmt: skip
    card = parse_text(bytes(text))
    assert card.kind is CardKind.FOREIGN_PERMANENT_RESIDENT_2023
    assert (card.english_name, card.renewal_count, card.nationality_code) == (name, "01", "GBR")
    assert card.old_number_association == "002"


def test_a_2017_foreigners_card_is_laid_out_on_its_own() -> None:
    text = blank(
        english=(0, "EXEMPLAR, ANNE"), sex=(120, "2"), number=(122, "GBR990088031428"), nation=(152, "GBR"),
        name=(158, "范例安"), start=(188, "20180901"), end=(204, "20280901"), birth=(220, "19880314"),
        version=(236, "01"), authority=(240, "9900"), kind=(248, "I"),
    )  # fmt: skip
    card = parse_text(bytes(text))
    assert card.kind is CardKind.FOREIGN_PERMANENT_RESIDENT_2017
    assert (card.name, card.english_name, card.id_number) == ("范例安", "EXEMPLAR, ANNE", "GBR990088031428")
    assert (card.birth_date, card.valid_until) == (date(1988, 3, 14), date(2028, 9, 1))
    assert (card.version, card.acceptance_authority_code) == ("01", "9900")


@pytest.mark.parametrize("name", ["张𬭎", "龚䶮", "陈㛃", "龚\ue863明", "古丽努尔·艾山"])
def test_rare_characters_come_through(name: str) -> None:
    assert parse_text(bytes(blank(name=(0, name)))).name == name


def test_padding_with_nul_is_padding_too() -> None:
    assert parse_text(bytes(blank(name=(0, "王小满\0\0\0")))).name == "王小满"


@pytest.mark.parametrize("day", ["", "2019", "20190230", "2019052X", "２０１９０５２０", "00000000", "至今有效"])
def test_a_date_that_is_none_is_left_open(day: str) -> None:
    card = parse_text(bytes(blank(birth=(36, day), end=(204, day))))
    assert (card.birth_date, card.valid_until, card.long_term) == (None, None, False)


def test_an_unknown_ethnicity_or_sex_is_shown_and_refused_by_nobody() -> None:
    card = parse_text(bytes(blank(sex=(30, "7"), ethnicity=(32, "59"))))
    assert (card.sex, card.ethnicity) == ("未知", "其他(59)")


def test_there_are_fifty_six_ethnicities_and_two_more_codes() -> None:
    assert len(ETHNICITIES) == 58
    assert (ETHNICITIES["01"], ETHNICITIES["36"], ETHNICITIES["46"], ETHNICITIES["56"]) == (
        "汉",
        "毛南",
        "德昂",
        "基诺",
    )


@pytest.mark.parametrize(
    "raw", [b"\x00\xdc", b"\x00\xd8\x41\x00", b"\xff\xff", b"\x0a\x00"], ids=["low", "high", "erased", "control"]
)
def test_what_is_no_text_is_refused_without_printing_it(raw: bytes) -> None:
    text = blank(name=(0, "王小满"))
    text[6 : 6 + len(raw)] = raw
    with pytest.raises(InvalidData) as caught:
        parse_text(bytes(text))
    assert "王" not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert "窗口" in caught.value.remedy.zh


@pytest.mark.parametrize("length", [0, 255, 257])
def test_a_text_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(InvalidData):
        parse_text(bytes(length))


@given(st.binary(min_size=256, max_size=256))
def test_any_256_bytes_are_a_card_or_invalid_data(text: bytes) -> None:
    with contextlib.suppress(InvalidData):
        parse_text(text).as_dict()


@given(st.integers(0, 255), st.integers(0, 255), st.sampled_from(sorted(PERSONAS)))
def test_a_changed_byte_in_a_real_text_is_a_card_or_invalid_data(place: int, value: int, key: str) -> None:
    text = bytearray(card_text(PERSONAS[key]))
    text[place] = value
    with contextlib.suppress(InvalidData):
        parse_text(bytes(text)).as_dict()


def address(text: str) -> bytes:
    return text.encode("utf-16-le").ljust(70, b" ")[: len(text) * 2] + b" \0" * (35 - len(text))


@pytest.mark.parametrize(
    ("records", "newest"),
    [
        (b"", ""),
        (address(""), ""),
        (address("新址一号"), "新址一号"),
        (address("新址一号") + address("新址二号"), "新址二号"),
        (address("新址一号") + address("新址二号") + address("") * 2, "新址二号"),
    ],
)
def test_the_newest_address_is_the_last_one_filled_in(records: bytes, newest: str) -> None:
    assert parse_newest_address(records) == newest


@given(st.binary(max_size=300))
def test_any_address_records_are_text_or_invalid_data(records: bytes) -> None:
    with contextlib.suppress(InvalidData):
        parse_newest_address(records)


@pytest.mark.parametrize("fingerprints", [None, 0, 512, 1024])
def test_text_and_photo_are_cut_by_their_lengths(fingerprints: int | None) -> None:
    head = b"\x01\x00\x04\x00" + (b"" if fingerprints is None else fingerprints.to_bytes(2, "big"))
    data = head + b"t" * 256 + b"p" * 1024 + b"f" * (fingerprints or 0)
    assert split_base(data) == (b"t" * 256, b"p" * 1024)


@given(st.binary(max_size=64))
def test_parts_that_do_not_add_up_are_refused(data: bytes) -> None:
    try:
        text, photo = split_base(data)
    except InvalidData:
        return
    assert len(text) + len(photo) <= len(data) - 4


def test_the_number_of_the_module_is_printed_as_its_vendors_do() -> None:
    raw = bytes.fromhex("0500 0100 8527 3501 1300 0000 AC26 0000")
    assert format_sam_number(raw) == "05.01-20260741-0000000019-0000009900"
    assert format_sam_number(raw[:-1]) == ""


def test_the_personas_fill_exactly_one_chip_each() -> None:
    assert {len(card_text(persona)) for persona in PERSONAS.values()} == {256}
