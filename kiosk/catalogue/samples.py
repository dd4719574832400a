"""Sample pictures of materials (样表、样本): which there are, and the pictures that this terminal has."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.catalogue.errors import CatalogueError, read_asset
from kiosk.catalogue.texts import Text
from kiosk.protocol.model import sha256_hex


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample picture of a material."""

    material: str
    """The material's code."""
    sha256: str
    caption: Text


class Shelf(Mapping[str, bytes]):
    """The pictures (JPEG) that are here, by digest: those that came with the software and those fetched since.

    A file is read when it is asked for. One that is damaged is not there.
    """

    def __init__(self, *folders: Path) -> None:
        self._folders = folders

    def __getitem__(self, sha256: str) -> bytes:
        for folder in self._folders:
            try:
                picture = (folder / f"{sha256}.jpg").read_bytes()
            except OSError:
                continue
            if sha256_hex(picture) == sha256:
                return picture
        raise KeyError(sha256)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({file.stem for folder in self._folders for file in folder.glob("*.jpg")}))

    def __len__(self) -> int:
        return len(list(iter(self)))


def samples_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Sample, ...]:
    """The samples of an item as the catalogue lists them.

    Raises:
        KeyError, TypeError: something is missing.
    """
    return tuple(
        Sample(row["material"], row["sha256"], Text(row["caption"]["zh"], row["caption"]["en"])) for row in rows
    )


def load_samples(file: Path) -> dict[str, tuple[Sample, ...]]:
    """Read `samples.json`: the samples that came with the software, by item id.

    Raises:
        CatalogueError: missing, no JSON, or something in it is missing.
    """
    try:
        return {item_id: samples_of(rows) for item_id, rows in json.loads(read_asset(file)).items()}
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise CatalogueError(file, "", f"lacks or mistypes {type(error).__name__}") from error


def keep(folder: Path, picture: bytes) -> None:
    """Put a picture on the shelf, whole or not at all.

    Raises:
        OSError
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = sha256_hex(picture)
    temporary = folder / f"{name}.new"
    with temporary.open("wb") as out:
        out.write(picture)
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(folder / f"{name}.jpg")


def clear(folder: Path, wanted: Iterable[str]) -> None:
    """Throw away what no version that is held names any more."""
    named = set(wanted)
    for file in folder.glob("*.jpg"):
        if file.stem not in named:
            file.unlink(missing_ok=True)
