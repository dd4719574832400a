"""Properties over random visits: answers survive the world, every screen renders and can be left, nothing leaks."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.findings import Finding, FindingCode
from kiosk.visit.draft import Draft
from kiosk.visit.events import (
    CaptureFailed,
    CardProblem,
    CardRead,
    CardReadFailed,
    CardRemoved,
    CardSensed,
    CitizenEvent,
    Delivered,
    Device,
    DeviceChanged,
    DocumentPrinted,
    DocumentsFailed,
    DocumentsFound,
    Enter,
    Event,
    HelpAnswered,
    LicencesFailed,
    LicencesFound,
    NetworkChanged,
    PageJudged,
    PageLiesStill,
    PageRead,
    PageWorked,
    PrintOutcome,
    ProgressFailed,
    ProgressFound,
    Recovered,
    Renewed,
    Signed,
    SlipPrinted,
    SocialCardFailed,
    SocialCardRead,
    StoreFailed,
    StoreProblem,
    TimerFired,
)
from kiosk.visit.house import House
from kiosk.visit.machine import step, view
from kiosk.visit.pages import CARD
from kiosk.visit.states import Attract, Goodbye, Sending, TakeCard, Visit
from kiosk.visit.views import Action, Field, Row, View
from tests.flows.citizen import SIGNATURE, Citizen, page, parts, stored, touchable
from tests.flows.house import TERMINAL
from tests.flows.house import house as plain_house
from tests.flows.journeys import identified, medical_care_to_checklist, walk_visits
from tests.flows.people import applicant
from tests.flows.test_documents import CASE, CODE, PAPERS, SLIP_NUMBER


@cache
def house() -> House:
    """One whose centre can be asked for e-licences."""
    return replace(plain_house(), terminal=replace(TERMINAL, licences=True))


def among_pages() -> list[Visit]:
    """Where pages are in hand: kept ones under review, one being turned, two being joined, a card's back to be taken."""

    def start() -> Citizen:
        return medical_care_to_checklist(Citizen(house()), "wang").touches("RESID").touches("camera")

    front, back = page(1, paper=CARD), page(2, paper=CARD)
    return [
        start().photographs(3).touches("RESID", "next_page").visit,
        start().photographs(2).touches("RESID", "rotate").visit,
        start().takes(front).touches("rotate").visit,
        start().takes(front).touches("take_back").visit,
        start().takes(front).touches("take_back").takes(back).visit,
        start().takes(front).touches("take_back").takes(back).touches("keep").visit,
    ]


def with_questions_asked() -> list[Visit]:
    """Where the centre is asked something: for e-licences, for documents, for staff; and what lies beside the way."""

    def checklist() -> Citizen:
        return medical_care_to_checklist(Citizen(house()), "wang")

    def papers() -> Citizen:
        citizen = Citizen(house()).starts().touches("progress", "by_number").types(number=SLIP_NUMBER, code=CODE)
        return citizen.goes_on().happens(ProgressFound((CASE,))).touches("documents")

    delivery = (
        identified(Citizen(house()), "C003", "wang").answers(reason="damaged").types(card_number="Z00000001").goes_on()
    )
    return [
        delivery.touches("pickup_elsewhere").visit,
        checklist().touches("licences").visit,
        checklist().touches("RESID", "camera").photographs().touches("licences").goes_on().visit,
        checklist().touches("help", "call").visit,
        checklist().touches("RESID", "camera", "sample").visit,
        papers().visit,
        papers().happens(DocumentsFound(PAPERS)).touches(PAPERS[0].check_code).visit,
        papers().happens(DocumentsFailed()).visit,
    ]


PASSED = [*walk_visits(house()), *among_pages() * 10]
"""Pages in hand come up more often than the journeys alone would have it."""
passed = st.sampled_from(PASSED) | st.sampled_from(with_questions_asked())
FINDINGS = tuple(Finding(code, 0.9, "2024-05-01") for code in FindingCode)
SECRET = "秘密住址"
PEOPLE = ("wang", "zhang", "foreigner_2023", "sun")

world = st.one_of(
    st.builds(DeviceChanged, st.sampled_from(Device), st.booleans(), st.booleans()),
    st.builds(NetworkChanged, st.booleans()),
    st.builds(CardRead, st.sampled_from([applicant(key) for key in PEOPLE])),
    st.builds(CardReadFailed, st.sampled_from(CardProblem)),
    st.builds(SocialCardFailed, st.sampled_from(CardProblem)),
    st.builds(StoreFailed, st.sampled_from(StoreProblem)),
    st.builds(SlipPrinted, st.sampled_from(PrintOutcome)),
    st.builds(ProgressFailed, st.booleans()),
    st.builds(DocumentsFound, st.sampled_from([(), PAPERS])),
    st.builds(DocumentPrinted, st.sampled_from([one.check_code for one in PAPERS]), st.none() | st.sampled_from(PrintOutcome)),
    st.builds(HelpAnswered, st.none() | st.booleans()),
    st.builds(LicencesFound, st.sampled_from([(), ("CARD", "RESID", "NOTHING")])),
    st.builds(TimerFired, st.sampled_from(["idle", "capture", "working", "reading", "print", "progress", "sending", "goodbye", "help"])),
    st.builds(
        PageRead,
        st.sampled_from([page(number).sha256 for number in (1, 2, 3)]),
        st.builds(lambda number, findings: replace(page(number), findings=findings), st.integers(1, 5),
                  st.none() | st.lists(st.sampled_from(FINDINGS), max_size=4).map(tuple)),
    ),
    st.builds(
        PageWorked,
        st.sampled_from([page(number).sha256 for number in (1, 2, 3)]),
        st.none() | st.integers(6, 9).map(page),
    ),
    st.sampled_from(
        [
            CardSensed(), CardRemoved(), CaptureFailed(), PageLiesStill(), Delivered("A1"), Recovered(("1",)), ProgressFound(()), ProgressFound((CASE,)),
            DocumentsFailed(), LicencesFailed(), Renewed(),
            PageJudged(page(1)), PageJudged(page(2, "blurred")), PageJudged(page(3, paper=CARD)), stored(), stored(online=False),
            SocialCardRead(applicant("wang").name, applicant("wang").id_number, "Z00000001"),
        ]
    ),
)  # fmt: skip


def entered(draft: Draft) -> tuple[Draft, list[tuple[str, str, int, set[str]]]]:
    """What the citizen gave: of pages their sides and verdicts, for reading turns them and two sides become one sheet.

    What the centre found at the citizen's wish is no answer of theirs; it may stand only where nothing was given.
    """
    given = [
        (
            material.code,
            material.met_by,
            sum(one.sides for one in material.pages),
            {verdict for one in material.pages for verdict in one.verdicts},
        )
        for material in draft.materials
        if material.met_by != "shared"
    ]
    return replace(draft, materials=(), licences_asked=False), given


deep = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@deep
@given(passed, st.lists(world, max_size=25))
def test_no_event_of_the_world_changes_what_the_citizen_entered(visit: Visit, events: list[Event]) -> None:
    before = entered(visit.draft)
    for event in events:
        visit, _ = step(visit, event, house())
        assert entered(visit.draft) == before
        view(visit, house())


def keys_mean_one_thing(shown: View) -> None:
    """A key on a screen names one act: the scripted citizen and the keypad find it by its key."""
    meaning: dict[str, Event] = {}
    for part in parts(shown):
        if isinstance(part, Action | Row) and part.event is not None:
            assert meaning.setdefault(part.key, part.event) == part.event, f"{part.key} on {shown.name}"


def way_out(visit: Visit) -> None:
    """Touches lead from here to goodbye; only while sending, or while the card still lies there, the world must answer."""
    citizen = Citizen(house(), visit)
    for _ in range(6):
        match citizen.screen:
            case Goodbye() | Attract():
                return
            case Sending(slow=False):
                citizen.happens(stored())
                continue
            case TakeCard() if "taken" not in touchable(citizen.view):
                citizen.happens(TimerFired("take_card"))
                continue
        offered = touchable(citizen.view)
        citizen.touches(next(key for key in ("quit", "leave", "taken", "stay", "back", "finish") if key in offered))
    raise AssertionError(f"no way out of {visit.screen}")


def touches(shown: View) -> list[Event]:
    """Everything a person could do on a screen, good and bad entries included."""
    events: list[Event] = [event for event in touchable(shown).values() if isinstance(event, CitizenEvent)]
    for part in parts(shown):
        if isinstance(part, Field) and part.keyboard is not None:
            events += [Enter(part.key, value) for value in ("19900000001", "20261201", "202001", SECRET, "")]
    return [*events, Signed(SIGNATURE)]


@deep
@given(st.data())
def test_random_visits_render_in_both_languages_can_be_left_and_do_not_leak(data: st.DataObject) -> None:
    visit = data.draw(passed)
    for _ in range(25):
        shown = view(visit, house())
        if data.draw(st.integers(0, 3)):
            event: Event = data.draw(st.sampled_from(touches(shown)))
        else:
            event = data.draw(world)
        visit, effects = step(visit, event, house())
        keys_mean_one_thing(shown)
        for language in ("zh_CN", "en"):
            other = view(replace(visit, language=language), house())
            assert other.title
            assert other.spoken
            assert not any("{" in part for part in parts(other) if isinstance(part, str)), "a value was not filled in"
        way_out(visit)
        told = f"{visit!r} {effects!r} {event!r}"
        for key in PEOPLE:
            person = applicant(key)
            assert person.id_number not in told
            assert person.name not in told
        assert SECRET not in told
        assert "19900000001" not in told
        if visit.confirmed_phone:
            assert visit.confirmed_phone not in told


@deep
@given(passed, st.lists(world, max_size=12))
def test_no_screen_shows_a_whole_number_of_a_card(visit: Visit, events: list[Event]) -> None:
    for event in events:
        visit, _ = step(visit, event, house())
    words = " ".join(part for part in parts(view(visit, house())) if isinstance(part, str))
    for key in PEOPLE:
        assert applicant(key).id_number not in words
        assert applicant(key).name not in words
