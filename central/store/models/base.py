"""What the tables have in common."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Integer, String, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeEngine


class UtcTime(TypeDecorator[datetime]):
    """An aware time: `timestamptz` on PostgreSQL; elsewhere ISO 8601 in UTC, which sorts and reads."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column type."""
        return dialect.type_descriptor(DateTime(timezone=True) if dialect.name == "postgresql" else String(32))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | datetime | None:
        """To the database."""
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.isoformat(timespec="microseconds")

    def process_result_value(self, value: str | datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From the database, in UTC."""
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        return None if value is None else value.astimezone(UTC)


Json = JSON().with_variant(JSONB(), "postgresql")
"""Lists and small dictionaries."""

RowId = BigInteger().with_variant(Integer, "sqlite")
"""A surrogate key; SQLite numbers rows only when the column is INTEGER."""


class Base(DeclarativeBase):
    """Root of the tables.

    Personal data never stands in a column in the clear: content stays in sealed envelopes (`Submission.sealed`, the
    part store) or is sealed with the centre's own key (`central.vault`, columns named `…_sealed`). What is in the clear
    is masked (王**), a keyed digest, or about the case and not the person.
    """

    type_annotation_map = {  # noqa: RUF012
        datetime: UtcTime,
        dict[str, Any]: Json,
        list[str]: Json,
    }
