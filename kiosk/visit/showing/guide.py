"""Views of the guide (办事指南) and of the sample pictures of its materials."""

from __future__ import annotations

from kiosk.catalogue import Item
from kiosk.visit.events import Choose, Confirm, Device, TurnPage
from kiosk.visit.house import House
from kiosk.visit.showing.frame import Words, chrome, paged, show, spoken
from kiosk.visit.states import Guide, SampleShown, Visit
from kiosk.visit.views import Action, GuideView, Notice, Paragraph, Row, SampleView, Tag, Tone

PARAGRAPHS_A_PAGE = 7


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
            more=(Action("sample", words("sample.look"), Choose("sample")),) if house.samples(item.id) else (),
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


@show.register
def _sample(screen: SampleShown, visit: Visit, house: House) -> SampleView:
    words = Words(visit, house)
    samples = house.samples(screen.item_id, screen.code)
    sample, caption = samples[screen.at], words.say(samples[screen.at].caption)
    choices = (
        Action("previous_sample", words("sample.previous"), TurnPage(-1), enabled=screen.at > 0),
        Action("next_sample", words("sample.next"), TurnPage(1), enabled=screen.at + 1 < len(samples)),
    )
    title = words("sample.title", i=screen.at + 1, n=len(samples))
    return SampleView(
        name="sample",
        chrome=chrome(words, step=5 if screen.code else 2),
        title=title,
        spoken=spoken(title, caption),
        jpeg=house.pictures[sample.sha256],
        caption=caption,
        choices=choices if len(samples) > 1 else (),
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
                words.value(material.name),
                detail=words.value(material.condition),
                tag=Tag(Tone.PLAIN, words(f"necessity.{material.necessity}")),
            )
            for index, material in enumerate(item.materials)
        )
    return (Row("none", words("guide.no_materials")),)
