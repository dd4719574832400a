"""What the machine asks the world to do. The runner carries effects out; their ends come back as events."""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.findings import Expectation
from kiosk.visit.draft import Draft, Page
from kiosk.visit.events import Device


class Effect:
    """Root of all effects."""


@dataclass(frozen=True)
class ReadIdCard(Effect):
    """Wait for an identity card and read it -> CardSensed, then CardRead | CardReadFailed."""


@dataclass(frozen=True)
class AwaitCardRemoval(Effect):
    """Wait until no identity card lies on the reader -> CardRemoved."""


@dataclass(frozen=True)
class ReadSocialCard(Effect):
    """Wait for a social security card and read it -> SocialCardRead | SocialCardFailed."""


@dataclass(frozen=True)
class StartPreview(Effect):
    """Show the document camera's live picture; frames go to the screen beside the machine."""


@dataclass(frozen=True)
class CapturePage(Effect):
    """Take a picture now -> PageJudged | CaptureFailed. `earlier` are the pages that it should not be one of."""

    earlier: tuple[Page, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class ReadPage(Effect):
    """Read a page in the background -> PageRead. Asked again for a page that is shown again and still was not read:
    a page that is being read, or waits to be, need not be read twice.
    """

    page: Page = field(repr=False)
    expected: Expectation = field(repr=False)
    """Its `today` is None on a terminal whose clock cannot be right."""


@dataclass(frozen=True)
class TurnPicture(Effect):
    """Turn a page by a quarter clockwise -> PageWorked."""

    page: Page = field(repr=False)


@dataclass(frozen=True)
class JoinSides(Effect):
    """Put both sides of a card on one sheet, the front above -> PageWorked with the digest of `back`."""

    front: Page = field(repr=False)
    back: Page = field(repr=False)


@dataclass(frozen=True)
class CancelDevice(Effect):
    """Take back what was asked of this device for the screen that is being left."""

    device: Device


@dataclass(frozen=True)
class SubmitApplication(Effect):
    """Seal the application and put it on disk -> Stored | StoreFailed."""

    draft: Draft = field(repr=False)


@dataclass(frozen=True)
class PrintSlip(Effect):
    """Print the slip of a stored application -> SlipPrinted. `again` marks it 补打."""

    draft: Draft = field(repr=False)
    slip_number: str
    again: bool = False


@dataclass(frozen=True)
class AskProgress(Effect):
    """Ask the centre -> ProgressFound | ProgressFailed. By slip number and query code, or by the card that was read."""

    slip_number: str = ""
    query_code: str = field(default="", repr=False)
    id_number: str = field(default="", repr=False)


@dataclass(frozen=True)
class AskDocuments(Effect):
    """Ask the centre which documents were issued -> DocumentsFound | DocumentsFailed."""

    slip_number: str
    query_code: str = field(repr=False)


@dataclass(frozen=True)
class PrintDocument(Effect):
    """Fetch a document and print it -> DocumentPrinted."""

    slip_number: str
    query_code: str = field(repr=False)
    check_code: str


@dataclass(frozen=True)
class CallStaff(Effect):
    """Ask the centre to send somebody to this terminal -> HelpAnswered. It says where and at which step, not who."""

    step: str
    """The situation that help is wanted with: the name of its class in `kiosk.visit.states`."""


@dataclass(frozen=True)
class AskLicences(Effect):
    """Ask the centre which of these materials it can obtain as e-licences -> LicencesFound | LicencesFailed."""

    draft: Draft = field(repr=False)
    codes: tuple[str, ...]


@dataclass(frozen=True)
class SetTimer(Effect):
    """(Re)start the named timer of the delays table -> TimerFired(name)."""

    name: str


@dataclass(frozen=True)
class ClearTimer(Effect):
    """Stop the named timer."""

    name: str


@dataclass(frozen=True)
class EndVisit(Effect):
    """The visit is over: this process ends, the spare takes the screen."""

    reason: str
    """`done`, `quit`, `idle`, `fault` or `renewed`."""
