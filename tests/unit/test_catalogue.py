"""The catalogue: complete, searchable, small, and clear about what is damaged."""

from __future__ import annotations

import json
import shutil
import tracemalloc
from pathlib import Path

import pytest

from kiosk.catalogue import ASSETS, Application, Catalogue, CatalogueError, MetBy
from kiosk.materials.reading.kinds import load_kinds

CATALOGUE = Catalogue.load()


def test_all_items_are_there_and_three_modes_can_be_submitted() -> None:
    assert len(CATALOGUE.items) == 127
    assert {application.mode for application in CATALOGUE.applications.values()} >= {
        "full_online",
        "collect_and_forward",
        "multi_site_A",
    }


@pytest.mark.req("R101")
def test_the_four_kinds_named_by_the_plan_are_listed() -> None:
    for words in ("工业产品生产许可证", "异地就医", "社会保障卡申领", "户口迁移"):
        assert CATALOGUE.find(text=words)


@pytest.mark.parametrize("text", ["养老", "ylbx", "yanglao", "YLBX"])
def test_items_are_found_by_name_initials_and_pinyin(text: str) -> None:
    assert "C004" in [item.id for item in CATALOGUE.find(text=text)]


def test_what_can_be_submitted_comes_first() -> None:
    found = CATALOGUE.find(sector="人社")
    assert [CATALOGUE.submittable(item.id) for item in found] == sorted(
        [CATALOGUE.submittable(item.id) for item in found], reverse=True
    )


def test_every_item_keeps_its_confidence() -> None:
    assert "name" in next(item for item in CATALOGUE.items if item.id == "C001").sourced
    assert all("time_limit" not in item.sourced or item.time_limit for item in CATALOGUE.items)


@pytest.mark.parametrize("application", CATALOGUE.applications.values(), ids=lambda a: a.item_id)
def test_an_application_asks_for_card_form_and_signature_only_of_the_published_list(application: Application) -> None:
    """照单收件 (R166): material codes are those of the item."""
    published = {
        item["id"]: {material["code"] for material in item["materials"]}
        for item in json.loads((ASSETS / "catalogue" / "items.json").read_text(encoding="utf-8"))["items"]
    }
    assert {material.code for material in application.materials} <= published[application.item_id]
    assert {MetBy.CARD, MetBy.FORM, MetBy.SIGNATURE} <= {material.by for material in application.materials}


@pytest.mark.parametrize("application", CATALOGUE.applications.values(), ids=lambda a: a.item_id)
def test_for_everything_photographed_the_reader_knows_the_kinds_of_paper(application: Application) -> None:
    for material in application.materials:
        if material.by in (MetBy.CAMERA, MetBy.SOCIAL_CARD):
            assert material.kinds, material.code
            assert set(material.kinds) <= set(load_kinds()), material.code


# --- regions -----------------------------------------------------------------------------------------------------


def test_fillers_are_left_out_and_their_counties_stand_under_the_province() -> None:
    names = {region.name for region in CATALOGUE.regions.children("110000")}
    assert "朝阳区" in names
    assert not names & {"市辖区", "县", "省直辖县级行政区划"}
    assert "五指山市" in {region.name for region in CATALOGUE.regions.children("460000")}


@pytest.mark.parametrize("code", ["441900", "442000", "460400"])
def test_a_code_that_stands_at_two_levels_is_two_regions(code: str) -> None:
    regions = CATALOGUE.regions
    assert [regions.find(code, level).level for level in (2, 3)] == [2, 3]  # type: ignore[union-attr]
    assert regions.full_name(code).count(regions.name(code)) == 1


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("150785", "内蒙古自治区 · 呼伦贝尔市 · 根河市"),
        ("640221", "宁夏回族自治区 · 石嘴山市 · 平罗县"),
        ("110105", "北京市 · 朝阳区"),
        ("659012", "新疆维吾尔自治区 · 白杨市"),
        ("810000", "香港特别行政区"),
    ],
)
def test_full_names(code: str, name: str) -> None:
    assert CATALOGUE.regions.full_name(code) == name


@pytest.mark.parametrize("code", ["", "000000", "999999", "12", "abcdef"])
def test_an_unknown_code_is_shown_as_it_is_and_never_an_exception(code: str) -> None:
    assert CATALOGUE.regions.find(code) is None
    assert CATALOGUE.regions.full_name(code) == code


@pytest.mark.parametrize(
    ("address", "code", "rest"),
    [
        ("内蒙古自治区根河市示例街1号", "150785", "示例街1号"),
        ("内蒙古自治区呼伦贝尔市根河市示例街1号", "150785", "示例街1号"),
        ("北京市朝阳区示例路2号", "110105", "示例路2号"),
        ("广东省东莞市示例路3号", "441900", "示例路3号"),
        ("内蒙古自治区示例市示例区示例街1号", "", "内蒙古自治区示例市示例区示例街1号"),
        ("", "", ""),
    ],
)
def test_an_address_is_split_where_it_names_a_county(address: str, code: str, rest: str) -> None:
    assert CATALOGUE.regions.split(address) == (code, rest)


def test_every_region_can_be_reached_by_touch() -> None:
    regions = CATALOGUE.regions
    reached = 0
    waiting = list(regions.children())
    while waiting:
        region = waiting.pop()
        reached += 1
        if not regions.is_last(region):
            waiting += regions.children(region.code)
    repeated = 4  # 东莞, 中山, 儋州 and 嘉峪关 are their own county
    assert reached == len(regions) - repeated


def test_the_catalogue_stays_small() -> None:
    """Two visit processes hold it at the same time."""
    Catalogue.load()  # what the libraries keep for themselves is not the catalogue's
    tracemalloc.start()
    kept = Catalogue.load()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept.items
    assert size < 1_500_000


# --- damage ------------------------------------------------------------------------------------------------------


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    for room in ("catalogue", "regions"):
        shutil.copytree(ASSETS / room, tmp_path / room)
    return tmp_path


@pytest.mark.parametrize(
    "name", ["catalogue/items.json", "catalogue/applications.toml", "catalogue/english.toml", "regions/regions.tsv"]
)
@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "bytes"])
def test_a_damaged_asset_is_named(assets: Path, name: str, damage: str) -> None:
    file = assets / name
    whole = file.read_bytes()
    match damage:
        case "missing":
            file.unlink()
        case "empty":
            file.write_bytes(b"")
        case "cut":
            file.write_bytes(whole[: len(whole) // 2].rstrip(b"\n")[:-3])
        case "bytes":
            file.write_bytes(whole[:3000] + b"\xff\xfe" + whole[3000:])
    with pytest.raises(CatalogueError) as caught:
        Catalogue.load(assets)
    assert caught.value.file == file
    assert file.name in str(caught.value)
    assert caught.value.reason


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('mode = "full_online"', 'mode = "by_magic"', "C001.mode"),
        ('mode = "full_online"', 'mode = "multi_site_B"', "C001.mode"),
        ("applications.C001", "applications.C999", "C999"),
        ('kind = "month"', 'kind = "monht"', "kind"),
        ('by = "social_card"', 'by = "sozial"', "CARD].by"),
        ('residence_proof = ["yes"]', 'residence_proof = ["maybe"]', "when.residence_proof"),
        ("may_promise = true", 'may_promise = "yes"', "may_promise"),
        ("may_promise = true", "may_promised = true", "may_promised"),
        ('not_before = "start_date"', 'not_before = "begin"', "not_before"),
        ('label = { zh = "手机号", en = "Mobile number" }', 'label = { zh = "手机号" }', "label"),
        ('key = "suspend"', 'key = "reason"', "reason"),
        ('kinds = ["bank_card"]', "kinds = [1]", "BANK].kinds"),
        ('by = "form"', 'by = "form"\nkinds = ["diploma"]', "FORM]"),
        ("sides = 2", "sides = 3", "RESID].sides"),
        ("sides = 2", "sides = 2\nmax_pages = 1", "RESID].sides"),
    ],
)
def test_data_that_do_not_fit_together_are_refused_with_their_key(assets: Path, old: str, new: str, key: str) -> None:
    file = assets / "catalogue" / "applications.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        Catalogue.load(assets)
    assert key in caught.value.key


def test_an_application_that_is_no_table_is_refused(assets: Path) -> None:
    file = assets / "catalogue" / "applications.toml"
    file.write_text('version = "1"\n[applications]\nC001 = 3\n', encoding="utf-8")
    with pytest.raises(CatalogueError, match="C001"):
        Catalogue.load(assets)


def test_every_item_and_every_value_has_english() -> None:
    def chinese(text: str) -> bool:
        return any("\u4e00" <= char <= "\u9fff" for char in text)

    assert len(CATALOGUE.items) == 127
    for item in CATALOGUE.items:
        assert item.name_en.isascii(), item.id
        materials = [word for material in item.materials for word in (material.name, material.condition)]
        for value in (item.time_limit, item.fee, item.applicant, *materials):
            assert CATALOGUE.say(value, "en").isprintable()
            assert not chinese(CATALOGUE.say(value, "en")), value


def test_two_items_never_have_the_same_english_name() -> None:
    assert len({item.name_en for item in CATALOGUE.items}) == len(CATALOGUE.items)


def test_items_are_found_by_their_english_name() -> None:
    assert [item.id for item in CATALOGUE.find(text="Passport")] == ["C061"]
