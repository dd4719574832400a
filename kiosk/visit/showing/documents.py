"""Views of the documents that were issued."""

from __future__ import annotations

from kiosk.visit.events import Choose, Confirm, Device, Paper, PrintOutcome
from kiosk.visit.house import House
from kiosk.visit.showing.frame import Words, chrome, paged, show, spoken
from kiosk.visit.states import DocumentsAsking, DocumentsFailure, DocumentsList, Visit
from kiosk.visit.steps.documents import MAX_PRINTS, may_print
from kiosk.visit.views import Action, ListView, Notice, Row, Tone, TroubleView, WorkingView

PAPERS_A_PAGE = 4


@show.register
def _asking(_screen: DocumentsAsking, visit: Visit, house: House) -> WorkingView:
    words = Words(visit, house)
    title, lead = words("documents.asking_title"), words("documents.asking_lead")
    return WorkingView("documents_asking", chrome(words), title, spoken(title, lead), lead)


@show.register
def _failure(_screen: DocumentsFailure, visit: Visit, house: House) -> TroubleView:
    words = Words(visit, house)
    title, lead = words("documents.failed_title"), words("documents.failed_lead")
    rows = (Row("desk", words("help.desk"), words.hours, value=words.phone),)
    again = Action("retry", words("nav.retry"), Confirm())
    return TroubleView("documents_failed", chrome(words, primary=again), title, spoken(title, lead), lead, rows)


@show.register
def _list(screen: DocumentsList, visit: Visit, house: House) -> ListView | TroubleView:
    words = Words(visit, house)
    if not screen.papers:
        title, lead = words("documents.none"), words("documents.none_lead")
        desk = Row("desk", words("help.desk"), words.hours, value=words.phone)
        return TroubleView("documents_list", chrome(words), title, spoken(title, lead), lead, (desk,))
    printable = may_print(screen, visit)
    rows, pager = paged(words, [_row(words, paper, printable) for paper in screen.papers], screen.page, PAPERS_A_PAGE)
    notice = _notice(words, screen)
    title, lead = words("documents.list_title"), words("documents.list_lead")
    return ListView(
        name="documents_list",
        chrome=chrome(words, notice=notice, devices=(Device.RECEIPT_PRINTER,)),
        title=title,
        spoken=spoken(notice.text) if notice else spoken(title, lead, *(row.title for row in rows)),
        lead=lead,
        rows=rows,
        pager=pager,
    )


def _row(words: Words, paper: Paper, printable: bool) -> Row:
    return Row(
        paper.check_code,
        paper.title_en if words.visit.language == "en" else paper.title_zh,
        paper.number,
        value=paper.issued_at,
        event=Choose(paper.check_code) if printable else None,
    )


def _notice(words: Words, screen: DocumentsList) -> Notice | None:
    """What became of the last print; which document it was, for there may be several."""
    if screen.printing:
        return Notice(Tone.INFO, words("documents.printing", name=_name(words, screen, screen.printing)))
    if not screen.tried:
        return None
    name = _name(words, screen, screen.tried)
    match screen.outcome:
        case PrintOutcome.CONFIRMED if words.visit.copies >= MAX_PRINTS:
            return Notice(Tone.YOUR_TURN, words("documents.enough", name=name))
        case PrintOutcome.CONFIRMED:
            return Notice(Tone.YOUR_TURN, words("documents.printed", name=name))
        case PrintOutcome.UNKNOWN if words.visit.copies >= MAX_PRINTS:
            return Notice(Tone.WARNING, words("documents.unknown_enough", name=name))
        case PrintOutcome.UNKNOWN:
            return Notice(Tone.WARNING, words("documents.unknown", name=name))
        case PrintOutcome.FAILED:
            return Notice(Tone.BAD, words("documents.not_printed", name=name))
    return Notice(Tone.BAD, words("documents.not_fetched", name=name))


def _name(words: Words, screen: DocumentsList, check_code: str) -> str:
    paper = next(paper for paper in screen.papers if paper.check_code == check_code)
    return paper.title_en if words.visit.language == "en" else paper.title_zh
