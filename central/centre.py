"""The centre's parts, put together once per process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from central import keys as key_files
from central.background import Repeating
from central.casework import erasing
from central.casework.service import Casework
from central.catalogue.rules import Rules
from central.documents.issue import DocumentIssuer
from central.files.store import PartStore, open_parts
from central.intake import Intake
from central.keys import KeyRing
from central.ledger.export import Exporter
from central.ledger.public import PublicStatistics
from central.notify import notices
from central.notify.notices import Notices
from central.notify.providers import sms_of
from central.notify.relay import Relay
from central.notify.sending import NoticeSender
from central.notify.sms import Sms
from central.proving import Guesses
from central.retention.deleting import Retention
from central.services import shipments
from central.services.archive import Archive, archive_of
from central.services.carrier import Carrier
from central.services.carriers import carrier_of
from central.services.forgetting import Forgetting
from central.services.licence import Licences
from central.services.licence_services import licences_of
from central.services.tracking import Tracking
from central.settings import Settings
from central.store.database import Database
from central.uploads import Uploads

RELAY_PAUSE_S = 1.0
EXPORT_PAUSE_S = 1.0
TICK_PAUSE_S = 30.0
FORGET_PAUSE_S = 3600.0


@dataclass(frozen=True)
class CentreParts:
    """What API, desk and commands work with."""

    settings: Settings
    keys: KeyRing
    database: Database
    parts: PartStore
    uploads: Uploads
    intake: Intake
    casework: Casework
    guesses: Guesses
    sms: Sms | None
    carrier: Carrier | None
    licences: Licences | None
    archive: Archive | None
    tracking: Tracking
    exports: Exporter
    statistics: PublicStatistics
    relay: Relay
    retention: Retention
    rules: Rules
    background: tuple[Repeating, ...]
    now: Callable[[], datetime]

    def start(self) -> None:
        """Begin the work that goes on beside requests. A command that only looks does not need it."""
        for one in self.background:
            one.start()

    def close(self) -> None:
        """Finish what is under way and let go of the database."""
        self.exports.close()
        for one in self.background:
            one.stop()
        self.intake.close()
        self.database.close()


def utc_now() -> datetime:
    """The centre's clock."""
    return datetime.now(UTC)


def assemble(settings: Settings, now: Callable[[], datetime] = utc_now) -> CentreParts:
    """Open keys, database and part store of an initialised data folder.

    Raises:
        KeysUnusable, DatabaseError, SettingsError
    """
    keys = key_files.load(settings.keys)
    database = Database.open(settings.database_url)
    parts = open_parts(settings)
    rules = Rules(now)
    issuer = DocumentIssuer(keys, settings.web.public_url)
    casework = Casework(database, keys, issuer, Notices(), now, calendar=rules.calendar, profiles=rules.profiles)
    sms = sms_of(settings.sms)
    carrier = carrier_of(settings.tracking, settings.web.public_url, now)
    tracking = Tracking(database, casework, carrier, now)
    relay = Relay(database, now)
    sender = NoticeSender(database, keys, sms, now, most_a_day=settings.sms.most_a_day)
    relay.handle(notices.TOPIC, sender.handle, sender.give_up)
    relay.handle(shipments.TOPIC, tracking.handle, tracking.give_up)
    relay.handle(erasing.TOPIC, erasing.Erasing(database, parts, now).handle)
    uploads = Uploads(database, parts, now, timedelta(days=settings.retention.uploads_days))
    retention = Retention(database, parts, settings.retention.table, now)
    exports = Exporter(database, parts, keys.vault, settings.data / "exports", now)
    return CentreParts(
        settings=settings,
        keys=keys,
        database=database,
        parts=parts,
        uploads=uploads,
        intake=Intake(database, parts, keys, casework.office, now),
        casework=casework,
        guesses=Guesses(database),
        sms=sms,
        carrier=carrier,
        licences=licences_of(settings.licences, now),
        archive=archive_of(settings.archive, now),
        tracking=tracking,
        exports=exports,
        statistics=PublicStatistics(database, now),
        relay=relay,
        retention=retention,
        rules=rules,
        background=(
            Repeating("relay", relay.step, RELAY_PAUSE_S),
            Repeating("ticker", casework.tick, TICK_PAUSE_S),
            Repeating("exporter", exports.step, EXPORT_PAUSE_S),
            Repeating("sweeper", exports.sweep, FORGET_PAUSE_S),
            Repeating("forgetting", Forgetting(database, now).step, FORGET_PAUSE_S),
            Repeating("retention", retention.step, FORGET_PAUSE_S),
            Repeating("uploads", uploads.sweep, FORGET_PAUSE_S),
        ),
        now=now,
    )
