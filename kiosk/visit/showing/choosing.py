"""Views of attract, home, place, service list and consent; the guide is in `guide.py`."""

from __future__ import annotations

from kiosk.catalogue import Item, Region
from kiosk.forms import group_number
from kiosk.protocol.bulletins import of_the_day
from kiosk.visit.events import Choose, Confirm, Device, Start
from kiosk.visit.house import House
from kiosk.visit.places import Places, scopes_here
from kiosk.visit.showing.frame import Words, chrome, device_notice, paged, show, spoken
from kiosk.visit.states import (
    HANDLING,
    PICKUP,
    AfterBreakdown,
    Attract,
    Consent,
    Home,
    PickRegion,
    ServiceList,
    Visit,
)
from kiosk.visit.views import (
    Action,
    AttractView,
    ConsentView,
    Field,
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
NEWS_SHOWN = 2
"""Pieces of news that fit below the large button."""
PLACES_A_PAGE = 10
FEATURED = 6
"""Places that stand before all others because this one works together with them."""
ITEMS_A_PAGE = 6


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
        news=_news(words),
    )


def _news(words: Words) -> tuple[Paragraph, ...]:
    """The first of today's news; none while nobody knows what day it is."""
    house = words.house
    today = of_the_day(house.bulletins, house.day) if house.clock_right else ()
    english = words.visit.language == "en"
    return tuple(
        Paragraph(one.title.en, one.text.en) if english else Paragraph(one.title.zh, one.text.zh)
        for one in today[:NEWS_SHOWN]
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
    elif screen.target == PICKUP:
        title, lead, step = words("place.pickup_title"), words("place.pickup_lead"), 4
    else:
        label = next(
            words.say(field.label)
            for page in (*words.application.pages, *words.application.contact_pages)
            for field in page.fields
            if field.key == screen.target
        )
        title, lead, step = words("place.field_title", label=label), words("place.field_lead"), 4
    places = Places(house, visit.draft.item_id, screen.scope)
    if screen.text.strip():
        found = regions.search(screen.text)
        rows = [_region_row(words, region, whole=True) for region in (places.those(found) if handling else found)]
    elif handling:
        below = places.below(screen.above) if screen.above else places.roots()
        rows = [_region_row(words, region) for region in below]
    else:
        rows = [_region_row(words, region) for region in regions.children(screen.above)]
    part, pager = paged(words, rows, screen.page, PLACES_A_PAGE)
    if not screen.text.strip() and not screen.above and (pager is None or pager.previous is None):
        part = (*_suggested_regions(words, places if handling else None), *part)
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
        filters=_scope_filters(words, screen) if handling and not screen.text.strip() else (),
        search=_search(words, screen.text, "place.search", "place.search_hint"),
        pager=pager,
        empty="" if part else words("place.empty"),
    )


def _scope_filters(words: Words, screen: PickRegion) -> tuple[Row, ...]:
    """The scopes by the names they have here (R115, R137)."""
    rows = [Row("scope:", words("place.any_scope"), event=Choose("scope:"), selected=not screen.scope)]
    for scope in scopes_here(words.house):
        choose = Choose(f"scope:{scope.code}")
        rows.append(Row(choose.key, words.scope_name(scope), event=choose, selected=scope.code == screen.scope))
    return tuple(rows)


def _suggested_regions(words: Words, places: Places | None) -> list[Row]:
    """Places likely meant, before the provinces: the last one and partners (R046), or where the matter plays.

    `places`: those that may be chosen as a handling place; None: the place of a form's field is asked for.
    """
    visit, terminal = words.visit, words.house.terminal
    if places is not None:
        featured = (*terminal.partners, *(region.code for region in places.partners()))[:FEATURED]
        codes = {visit.recent_region: ""} | dict.fromkeys(featured, "place.featured")
        codes[visit.recent_region] = "place.recent"
    else:
        codes = {visit.draft.handling_region: "review.place", terminal.receiving_region: "place.here"}
    found = ((words.house.catalogue.regions.find(code), tag) for code, tag in codes.items())
    return [
        _region_row(words, region, whole=True, tag=Tag(Tone.GOOD, words(tag)))
        for region, tag in found
        if region is not None and region.level > 1 and (places is None or places.those((region,)))
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
    lead = words("list.lead")
    found = house.catalogue.find(sector=screen.sector, text=screen.text)
    if place:
        lead = words("list.lead_place", place=words.region(place), scope=words.scope_name(house.scope(place)))
        found = tuple(item for item in found if house.permits(item.id, place))
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
