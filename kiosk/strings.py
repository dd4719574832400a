"""Citizen-facing strings by key, in both languages, from `assets/strings/*.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

ASSETS = Path(__file__).resolve().parents[1] / "assets"


class StringsError(Exception):
    """The strings of a language are missing or damaged: which file, which key, why."""


def _flatten(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{key}.")
        elif isinstance(value, str):
            yield f"{prefix}{key}", value
        else:
            raise StringsError(f"{prefix}{key}: is no text")


@dataclass(frozen=True)
class Strings:
    """All strings of one language: `strings("mat.page", i=1, n=3)`."""

    language: str
    texts: Mapping[str, str]

    @classmethod
    def load(cls, language: str, assets: Path = ASSETS) -> Strings:
        """Read `strings/<language>.toml`; `language` is `zh_CN` or `en`.

        Raises:
            StringsError: the file is missing or damaged.
        """
        file = assets / "strings" / f"{language}.toml"
        try:
            texts = dict(_flatten(tomllib.loads(file.read_text(encoding="utf-8"))))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise StringsError(f"{file.name}: {error}") from error
        except StringsError as error:
            raise StringsError(f"{file.name}: {error}") from None
        return cls(language, MappingProxyType(texts))

    def __call__(self, key: str, **values: object) -> str:
        """The string, with its {braces} filled in. A key that does not exist is a defect of ours: KeyError."""
        text = self.texts[key]
        return text.format(**values) if values else text

    def __contains__(self, key: str) -> bool:
        return key in self.texts
