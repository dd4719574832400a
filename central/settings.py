"""Where the centre keeps its data, what it works with, and what it allows.

Every setting has a default that suits one machine. Others stand in `central.toml` in the data folder, by section:

    [database]
    url = "postgresql+psycopg://tongban@db.example/tongban"

or in the environment as TONGBAN_<SECTION>_<KEY>, which outweighs the file: TONGBAN_DATABASE_URL, TONGBAN_SMS_SECRET_KEY …
Secrets are never printed: not in errors, not in a repr.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from central.retention.rules import ENDS, Rule, What
from kiosk.protocol.states import State

ENVIRONMENT = "TONGBAN_"


class SettingsError(Exception):
    """A setting makes no sense. The message names it and never quotes it."""


class _Section(BaseModel):
    """Root of the sections."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class DatabaseSettings(_Section):
    """[database]"""

    url: SecretStr = SecretStr("")
    """`sqlite:///path` or `postgresql+psycopg://user:password@host/name`; empty: central.db in the data folder."""


class FileSettings(_Section):
    """[files]: where sealed parts are kept."""

    kind: Literal["local", "s3"] = "local"
    endpoint: str = ""
    """Of an S3-compatible service; empty: Amazon's."""
    bucket: str = ""
    prefix: str = "parts"
    region: str = "us-east-1"
    access_key_id: str = ""
    secret_access_key: SecretStr = SecretStr("")


class WebSettings(_Section):
    """[web]"""

    public_url: str = "http://127.0.0.1:8440"
    """How people and terminals reach the centre: stands in QR codes and callbacks."""
    chunk_size: int = Field(default=1024 * 1024, ge=1024, le=16 * 1024 * 1024)
    """Largest body of one PATCH, in bytes."""


class SmsReceiptSettings(_Section):
    """[sms.receipt]: where things stand in the HTTP provider's callbacks. Paths are names joined by dots."""

    list: str = ""
    id: str = "id"
    status: str = "status"
    delivered: tuple[str, ...] = ("DELIVRD",)
    time: str = "time"
    time_format: str = "%Y-%m-%d %H:%M:%S"
    """In China time; `iso` for ISO 8601."""
    signature_header: str = ""
    """Header with the hexadecimal HMAC-SHA256 of the body; empty: the address alone is the secret."""
    secret: SecretStr = SecretStr("")
    answer: str = '{"code":0}'


class SmsSettings(_Section):
    """[sms]: how text messages leave. Provider `none`: they become phone tasks; `demo`: they seem to be sent."""

    provider: Literal["none", "demo", "http", "tencent"] = "none"
    most_a_day: int = Field(default=10, ge=1, le=100)
    """Messages to one number."""
    endpoint: str = ""
    sign_name: str = ""
    templates: dict[str, str] = Field(default_factory=dict)
    """Approved template number by our code (N1, N1.supplement … N12: `central.notify.texts`)."""
    headers: dict[str, SecretStr] = Field(default_factory=dict)
    """Of the HTTP provider."""
    body: str = ""
    """Template of the HTTP provider's request."""
    success: str = ""
    """What the HTTP provider's answer holds when it took the message, as `path=value`."""
    method: Literal["POST", "PUT"] = "POST"
    content_type: str = "application/json"
    id: str = "id"
    """Path of the provider's id in its answer."""
    error: str = "code"
    """Path of the error code in its answer."""
    throttled: dict[str, int] = Field(default_factory=dict)
    """Error codes that mean later, with seconds."""
    rejected: tuple[str, ...] = ()
    """Error codes that mean never."""
    receipt: SmsReceiptSettings = SmsReceiptSettings()
    region: str = "ap-beijing"
    """Of the Tencent account."""
    app_id: str = ""
    secret_id: str = ""
    secret_key: SecretStr = SecretStr("")
    callback_secret: SecretStr = SecretStr("")
    """Last part of the address for receipts: <public_url>/api/v1/callbacks/sms/<secret>. Without it none are taken."""


class TrackingSettings(_Section):
    """[tracking]: where parcels are followed. Provider `none`: staff record what they see."""

    provider: Literal["none", "kuaidi100"] = "none"
    endpoint: str = "https://poll.kuaidi100.com"
    label_endpoint: str = "https://api.kuaidi100.com"
    company: str = "ems"
    """The carrier's code."""
    partner_id: SecretStr = SecretStr("")
    """Customer number with the carrier, for waybills."""
    customer: str = ""
    key: SecretStr = SecretStr("")
    secret: SecretStr = SecretStr("")
    salt: SecretStr = SecretStr("")
    """Signs the carrier's callbacks (<public_url>/api/v1/callbacks/tracking). Without it none are taken."""


def _secure(url: str) -> str:
    """What carries people's data goes by https, or stays on this machine."""
    if url and not re.match(r"https://|http://(127\.0\.0\.1|localhost|\[::1\])[:/]", url):
        raise ValueError("must begin with https://")
    return url


_Endpoint = Annotated[str, AfterValidator(_secure)]


class LicenceSettings(_Section):
    """[licences]: where e-licences (电子证照) are asked for. Provider `none`: nowhere; `demo`: invented answers."""

    provider: Literal["none", "demo", "http"] = "none"
    endpoint: _Endpoint = ""
    app_id: str = ""
    secret: SecretStr = SecretStr("")
    timeout_s: float = Field(default=8.0, gt=0, le=30)
    codes: dict[str, str] = Field(default_factory=dict)
    """Type code in the service's directory by the name of the type (证照类型名称) in the catalogue; what has none is not asked for."""


class RetentionRule(_Section):
    """[[retention.rules]]: periods in days from the end of a case; what is not named is kept."""

    place: Annotated[str, Field(pattern=r"^(\d{2}){0,3}$")] = ""
    """Beginning of the division codes it is for: two, four or six digits; empty: everywhere."""
    states: Annotated[tuple[State, ...], Field(min_length=1)]
    """States a case ends in: COMPLETED, ARCHIVED, REJECTED, NOT_ACCEPTED, RETURNED, WITHDRAWN, EXPIRED, REVOKED."""
    pages_days: int | None = Field(default=None, ge=1, le=36_500)
    content_days: int | None = Field(default=None, ge=1, le=36_500)

    @field_validator("states")
    @classmethod
    def _ends(cls, value: tuple[State, ...]) -> tuple[State, ...]:
        if not ENDS.issuperset(value):
            raise ValueError("a case does not end in one of these states")
        return value

    @model_validator(mode="after")
    def _pages_first(self) -> Self:
        if self.content_days is not None and not (self.pages_days or self.content_days + 1) <= self.content_days:
            raise ValueError("pages_days must be given, and not longer than content_days: pages go first")
        return self


class RetentionSettings(_Section):
    """[retention]: how long what was handed in is kept (R069). Without rules everything is: the archives decide."""

    uploads_days: int = Field(default=30, ge=7, le=366)
    """After this, uploaded parts that no application came for are deleted."""
    rules: tuple[RetentionRule, ...] = ()

    @field_validator("rules")
    @classmethod
    def _one_each(cls, value: tuple[RetentionRule, ...]) -> tuple[RetentionRule, ...]:
        named = [(rule.place, state) for rule in value for state in rule.states]
        if len(set(named)) != len(named):
            raise ValueError("two rules are for the same place and state")
        return value

    @property
    def table(self) -> tuple[Rule, ...]:
        """The rules, one for each place, state and part."""
        return tuple(
            Rule(rule.place, state, what, days)
            for rule in self.rules
            for state in rule.states
            for what, days in ((What.PAGES, rule.pages_days), (What.CONTENT, rule.content_days))
        )


class ArchiveSettings(_Section):
    """[archive]: where finished cases are handed in (电子档案). Provider `none`: staff enter the number by hand."""

    provider: Literal["none", "folder", "http"] = "none"
    folder: str = ""
    """Of provider `folder`: cases lie there opened, so it must be guarded as the archive itself."""
    endpoint: _Endpoint = ""
    app_id: str = ""
    secret: SecretStr = SecretStr("")
    timeout_s: float = Field(default=30.0, gt=0, le=120)

    @model_validator(mode="after")
    def _has_a_folder(self) -> Self:
        if self.provider == "folder" and not self.folder:
            raise ValueError("folder is missing")
        return self


class DeskSettings(_Section):
    """[desk]"""

    idle_minutes: int = Field(default=30, ge=1, le=480)
    """Without a click for so long: sign in again."""
    session_hours: int = Field(default=12, ge=1, le=24)
    secure_cookies: bool = False
    """Cookies only over HTTPS: set it wherever the desk is reached over a network."""
    second_factor: bool = True
    """TOTP besides the password (等保 level 3). False, for demonstrations: only from those who have set one up."""


@dataclass(frozen=True)
class Settings:
    """The settings of one data folder."""

    data: Path
    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    files: FileSettings = field(default_factory=FileSettings)
    web: WebSettings = field(default_factory=WebSettings)
    sms: SmsSettings = field(default_factory=SmsSettings)
    tracking: TrackingSettings = field(default_factory=TrackingSettings)
    licences: LicenceSettings = field(default_factory=LicenceSettings)
    archive: ArchiveSettings = field(default_factory=ArchiveSettings)
    desk: DeskSettings = field(default_factory=DeskSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)

    @property
    def keys(self) -> Path:
        """Private keys."""
        return self.data / "keys"

    @property
    def database_url(self) -> str:
        """The database. Holds a password perhaps: never print it."""
        return self.database.url.get_secret_value() or f"sqlite:///{self.data / 'central.db'}"

    @property
    def chunk_size(self) -> int:
        """Largest body of one PATCH, in bytes."""
        return self.web.chunk_size

    @property
    def terminal_file(self) -> Path:
        """What a terminal needs to know of this centre."""
        return self.data / "terminal.json"

    @property
    def file(self) -> Path:
        """Where these settings stand."""
        return self.data / "central.toml"


_SECTIONS: dict[str, type[_Section]] = {
    "database": DatabaseSettings,
    "files": FileSettings,
    "web": WebSettings,
    "sms": SmsSettings,
    "tracking": TrackingSettings,
    "licences": LicenceSettings,
    "archive": ArchiveSettings,
    "desk": DeskSettings,
    "retention": RetentionSettings,
}


def load(data: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of a data folder.

    Raises:
        SettingsError
    """
    path = Settings(data).file
    try:
        text = path.read_text("utf-8") if path.exists() else ""
        written = tomllib.loads(text)
    except OSError as error:
        raise SettingsError(f"cannot read {path.name}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise SettingsError(f"{path.name} is not valid TOML") from None
    if unknown := sorted(set(written) - set(_SECTIONS)):
        raise SettingsError(f"{path.name}: there is no section [{unknown[0]}]")
    sections: dict[str, Any] = {
        name: _section(name, kind, written.get(name, {}), environment) for name, kind in _SECTIONS.items()
    }
    return Settings(data, **sections)


def _section(name: str, kind: type[_Section], written: object, environment: Mapping[str, str]) -> _Section:
    if not isinstance(written, dict):
        raise SettingsError(f"{name} must be a section: [{name}]")
    outweighing = {
        key: environment[variable]
        for key in kind.model_fields
        if (variable := f"{ENVIRONMENT}{name}_{key}".upper()) in environment
    }
    try:
        return kind.model_validate({**written, **outweighing})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join((name, *map(str, first["loc"])))
        raise SettingsError(f"{where}: {first['msg']}") from None
