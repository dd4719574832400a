"""Views of attract, home, place, service list, guide and consent."""

from __future__ import annotations

from kiosk.catalogue import Item, Region
from kiosk.forms import group_number
from kiosk.visit.events import Choose, Confirm, Device, Start
from kiosk.visit.house import House
from kiosk.visit.showing.frame import Words, chrome, device_notice, paged, show, spoken
from kiosk.visit.states import HANDLING, AfterBreakdown, Attract, Consent, Guide, Home, PickRegion, ServiceList, Visit
from kiosk.visit.views import (
    Action,
    AttractView,
    ConsentView,
    Field,
    GuideView,
    HomeView,
    Keyboard,
    ListView,
    Notice,
    Paragraph,
    Row,
    Tag,
    Tone,
    TroubleView,
)

ALL_DEVICES = (Device.ID_CARD_READER, Device.DOCUMENT_CAMERA, Device.RECEIPT_PRINTER, Device.SMART_CARD)
POPULAR = 3
NAMED = 2
"""Services that the attract screen names."""
PLACES_A_PAGE = 12
ITEMS_A_PAGE = 6
PARAGRAPHS_A_PAGE = 7


@show.register
def _attract(_screen: Attract, visit: Visit, house: House) -> AttractView:
    words = Words(visit, house)
    items = "、" if visit.language == "zh_CN" else ", "
    here = house.catalogue.popular()
    popular = items.join(words.item_name(item) for item in here[:NAMED])
    start = Action("start", words("attract.start"), Start())
    if not house.clock_right:
        health = Notice(Tone.WARNING, words("health.clock"))
    else:
        health = device_notice(words, ALL_DEVICES) or Notice(Tone.GOOD, words("health.good"))
    body = (
        words("attract.body1", items=popular, n=len(here)),
        words("attract.body2", n=len(house.catalogue.items)),
        words("attract.body3"),
    )
    return AttractView(
        name="attract",
        chrome=chrome(words, back=None, may_leave=False),
        title=words("attract.title"),
        spoken=spoken(words("attract.title"), start.text),
        badge=words("attract.badge"),
        lines=(words("attract.line1"), words("attract.line2")),
        body=body,
        start=start,
        health=health,
        desk=words("attract.desk", hours=words.hours, phone=words.phone),
    )


@show.register
def _after_breakdown(screen: AfterBreakdown, visit: Visit, house: House) -> TroubleView:
    words = Words(visit, house)
    lead = words("recovered.safe" if screen.slip_numbers else "recovered.none")
    rows = [Row(number, words("recovered.number"), value=group_number(number)) for number in screen.slip_numbers]
    rows.append(Row("desk", words("help.desk"), words.hours, value=words.phone))
    title = words("recovered.title")
    return TroubleView(
        name="recovered",
        chrome=chrome(words, back=None, primary=Action("ok", words("recovered.ok"), Confirm())),
        title=title,
        spoken=spoken(title, lead),
        lead=lead,
        rows=tuple(rows),
    )


@show.register
def _home(_screen: Home, visit: Visit, house: House) -> HomeView:
    words = Words(visit, house)
    main = Row("apply", words("home.apply"), words("home.apply_detail"), event=Choose("apply"))
    tiles = [Row("guide", words("home.guide"), words("home.guide_detail"), event=Choose("guide"))]
    if visit.online:
        tiles.insert(
            0, Row("progress", words("home.progress"), words("home.progress_detail"), event=Choose("progress"))
        )
    popular = tuple(_item_row(words, item) for item in house.catalogue.popular()[:POPULAR])
    notice = device_notice(words, ALL_DEVICES)
    if notice is None and not visit.online:
        notice = Notice(Tone.INFO, words("notice.offline_progress"))
    return HomeView(
        name="home",
        chrome=chrome(words, back=None, notice=notice),
        title=words("home.title"),
        spoken=spoken(words("home.title"), main.title, *(tile.title for tile in tiles)),
        main=main,
        tiles=tuple(tiles),
        popular_title=words("home.popular"),
        popular=popular,
    )


def _item_row(words: Words, item: Item) -> Row:
    here = words.house.catalogue.application(item.id)
    if here is not None:
        tag = Tag(Tone.INFO, words(f"mode_short.{here.mode}"))
    else:
        tag = Tag(Tone.PLAIN, words("list.guide_only"))
    return Row(item.id, words.item_name(item), detail=words(f"sector.{item.sector}"), tag=tag, event=Choose(item.id))


@show.register
def _pick_region(screen: PickRegion, visit: Visit, house: House) -> ListView:
    words = Words(visit, house)
    regions = house.catalogue.regions
    handling = screen.target == HANDLING
    if handling:
        title, lead, step = words("place.title"), words("place.lead"), 1
    else:
        label = next(
            words.say(field.label)
            for page in (*words.application.pages, *words.application.contact_pages)
            for field in page.fields
            if field.key == screen.target
        )
        title, lead, step = words("place.field_title", label=label), words("place.field_lead"), 4
    if screen.text.strip():
        rows = [_region_row(words, found, whole=True) for found in regions.search(screen.text)]
    else:
        rows = [_region_row(words, region) for region in regions.children(screen.above)]
    part, pager = paged(words, rows, screen.page, PLACES_A_PAGE)
    if not screen.text.strip() and not screen.above and (pager is None or pager.previous is None):
        part = (*_suggested_regions(words, handling=handling), *part)
    crumbs = [Row("up:", words("place.all"), event=Choose("up:"))] if screen.above else []
    crumbs += [
        Row(f"up:{r.code}", words.place_name(r), event=Choose(f"up:{r.code}")) for r in regions.path(screen.above)
    ]
    return ListView(
        name="place" if handling else "region",
        chrome=chrome(words, step=step),
        title=title,
        spoken=spoken(title, lead, *(row.title for row in part)),
        lead=lead,
        rows=part,
        columns=1 if screen.text.strip() else 2,
        crumbs=tuple(crumbs),
        search=_search(words, screen.text, "place.search", "place.search_hint"),
        pager=pager,
        empty="" if part else words("place.empty"),
    )


def _suggested_regions(words: Words, *, handling: bool) -> list[Row]:
    """Places likely meant, before the provinces: the last one and partners (R046), or where the matter plays."""
    visit, terminal = words.visit, words.house.terminal
    if handling:
        codes = {visit.recent_region: ""} | dict.fromkeys(terminal.partners, "place.featured")
        codes[visit.recent_region] = "place.recent"
    else:
        codes = {visit.draft.handling_region: "review.place", terminal.receiving_region: "place.here"}
    found = ((words.house.catalogue.regions.find(code), tag) for code, tag in codes.items())
    return [
        _region_row(words, region, whole=True, tag=Tag(Tone.GOOD, words(tag)))
        for region, tag in found
        if region is not None and region.level > 1
    ]


def _region_row(words: Words, region: Region, *, whole: bool = False, tag: Tag | None = None) -> Row:
    regions = words.house.catalogue.regions
    if words.visit.language == "zh_CN":
        title = region.name
        detail = " · ".join(above.name for above in regions.path(region.code)[:-1]) if whole else ""
    else:
        # The Chinese name stays: it is on the citizen's papers.
        title = words.region(region.code) if whole else words.place_name(region)
        detail = regions.full_name(region.code) if whole else region.name
    return Row(region.code, title, detail=detail, tag=tag, event=Choose(region.code))


def _search(words: Words, text: str, label: str, hint: str) -> Field:
    return Field(
        "search",
        words(label),
        text,
        hint=words(hint),
        required=False,
        keyboard=Keyboard.PINYIN if words.visit.language == "zh_CN" else Keyboard.LATIN,
        max_length=20,
    )


@show.register
def _service_list(screen: ServiceList, visit: Visit, house: House) -> ListView:
    words = Words(visit, house)
    place = visit.draft.handling_region
    lead = words("list.lead_place", place=words.region(place)) if place else words("list.lead")
    found = house.catalogue.find(sector=screen.sector, text=screen.text)
    rows, pager = paged(words, [_item_row(words, item) for item in found], screen.page, ITEMS_A_PAGE)
    filters = [Row("sector:", words("list.all"), event=Choose("sector:"), selected=not screen.sector)]
    filters += [
        Row(
            f"sector:{sector}",
            words(f"sector.{sector}"),
            event=Choose(f"sector:{sector}"),
            selected=sector == screen.sector,
        )
        for sector in house.catalogue.sectors()
    ]
    return ListView(
        name="service_list",
        chrome=chrome(words, step=1),
        title=words("list.title"),
        spoken=spoken(words("list.title"), lead, *(row.title for row in rows)),
        lead=lead,
        rows=rows,
        filters=tuple(filters),
        search=_search(words, screen.text, "list.search", "list.search_hint"),
        pager=pager,
        empty="" if rows else words("list.empty"),
    )


@show.register
def _guide(screen: Guide, visit: Visit, house: House) -> GuideView:
    words = Words(visit, house)
    item = house.catalogue.item(screen.item_id)
    if item is None:  # a defect: the machine opens guides of known items only
        raise KeyError(screen.item_id)
    application = house.catalogue.application(item.id)
    title = words("guide.title", item=words.item_name(item))
    mode = application.mode if application else item.modes[0]
    tags = [Tag(Tone.INFO, words(f"mode_short.{mode}")), Tag(Tone.PLAIN, words(f"sector.{item.sector}"))]
    tags.append(Tag(Tone.GOOD, words("list.here")) if application else Tag(Tone.WARNING, words("list.guide_only")))
    paragraphs, pager = paged(words, _seven_elements(words, item, mode), screen.page, PARAGRAPHS_A_PAGE)
    primary = Action("apply", words("guide.apply"), Confirm()) if application else None
    notice = None if application else Notice(Tone.INFO, words("guide.unavailable", phone=words.phone))
    return GuideView(
        name="guide",
        chrome=chrome(
            words,
            step=2,
            primary=primary,
            notice=notice,
            devices=(Device.ID_CARD_READER, Device.DOCUMENT_CAMERA) if application else (),
        ),
        title=title,
        spoken=spoken(title, *(words.pair(paragraph.heading, paragraph.text) for paragraph in paragraphs)),
        tags=tuple(tags),
        paragraphs=paragraphs,
        materials_title=words("guide.materials"),
        materials=_listed_materials(words, item),
        pager=pager,
    )


def _seven_elements(words: Words, item: Item, mode: str) -> list[Paragraph]:
    """申请条件、申报方式、受理模式、审核程序、办理时限、发证方式、收费标准 (R088)."""
    application = words.house.catalogue.application(item.id)
    unknown = words("guide.as_published")

    def published(key: str, value: str) -> str:
        if not value:
            return unknown
        value = words.value(value)
        return value if key in item.sourced else words("guide.with_caveat", value=value)

    if application:
        conditions = words.say(application.conditions)
        separator = "、" if words.visit.language == "zh_CN" else ", "
        delivery = separator.join(words(f"delivery.{way}") for way in application.deliveries)
        fee = published("fee", item.fee)
        note = words.say(application.note)
        fee = f"{fee}\n{note}".strip()
    else:
        conditions = (
            f"{words('guide.applicant', who=words.value(item.applicant))}{unknown}" if item.applicant else unknown
        )
        delivery, fee = unknown, published("fee", item.fee)
    ways = words("guide.ways_here") if application else words("guide.ways_desk", phone=words.phone)
    return [
        Paragraph(words("guide.conditions"), conditions),
        Paragraph(words("guide.ways"), ways),
        Paragraph(words("guide.mode"), words(f"mode.{mode}")),
        Paragraph(words("guide.procedure"), words(f"guide.procedure_{mode}")),
        Paragraph(words("guide.time_limit"), published("time_limit", item.time_limit)),
        Paragraph(words("guide.delivery"), delivery),
        Paragraph(words("guide.fee"), fee),
    ]


def _listed_materials(words: Words, item: Item) -> tuple[Row, ...]:
    """What to bring: of the application where there is one, else as the catalogue lists it, else where to ask."""
    application = words.house.catalogue.application(item.id)
    if application:
        return tuple(
            Row(
                material.code,
                words.say(material.name),
                detail=words.say(material.text),
                tag=Tag(Tone.PLAIN, words(f"necessity.{material.necessity}")),
            )
            for material in application.materials
            if material.by not in ("form", "signature", "promise")
        )
    if item.materials:
        return tuple(
            Row(
                str(index),
                material.name,
                detail=material.condition,
                tag=Tag(Tone.PLAIN, words(f"necessity.{material.necessity}")),
            )
            for index, material in enumerate(item.materials)
        )
    return (Row("none", words("guide.no_materials")),)


@show.register
def _consent(_screen: Consent, visit: Visit, house: House) -> ConsentView:
    words = Words(visit, house)
    paragraphs = (
        Paragraph(words("consent.what"), words("consent.what_text")),
        Paragraph(words("consent.why"), words("consent.why_text")),
        Paragraph(words("consent.how_long"), f"{words('consent.how_long_text')}\n{words('consent.kept_text')}"),
        Paragraph(words("consent.truth"), words("consent.truth_text")),
    )
    return ConsentView(
        name="consent",
        chrome=chrome(
            words,
            step=2,
            back="consent.disagree",
            primary=Action("agree", words("consent.agree"), Confirm()),
            devices=(Device.ID_CARD_READER,),
        ),
        title=words("consent.title"),
        spoken=spoken(words("consent.title"), *(paragraph.text for paragraph in paragraphs), words("consent.warning")),
        paragraphs=paragraphs,
        warning=words("consent.warning"),
    )
