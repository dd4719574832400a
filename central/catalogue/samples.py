"""Sample pictures of materials (样表、样本, R120): decoded, drawn anew, kept by their digest, served to everybody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from central.assets import ASSETS
from central.casework.acts import Refused, Words
from central.casework.terms import Role
from central.casework.who import Who
from central.catalogue.english import said
from central.pictures import NoPicture, Size, draw
from central.store.models import Sample
from kiosk.protocol.model import sha256_hex
from kiosk.protocol.published import MOST_SAMPLE

MOST_UPLOAD = 1_500_000
"""Bytes of a file that an editor may choose."""


def keep(session: Session, who: Who, data: bytes, at: datetime) -> str:
    """Keep the picture in `data` (JPEG or PNG), drawn anew at reading size; its digest.

    Raises:
        Refused: not an editor, too large, or no picture.
    """
    if not who.has(Role.CATALOGUE_EDITOR):
        raise Refused("not_allowed", Words("您没有这项权限", "You may not do this"))
    too_large = Refused("too_large", Words("图片太大，最多 1.5 MB", "The picture is too large: 1.5 MB at most"))
    if len(data) > MOST_UPLOAD:
        raise too_large
    try:
        picture = draw(data, Size.READ)
    except NoPicture:
        raise Refused("no_picture", Words("请选 PNG 或 JPEG 图片", "Choose a PNG or JPEG picture")) from None
    if len(picture) > MOST_SAMPLE:
        raise too_large
    digest = sha256_hex(picture)
    if session.get(Sample, digest) is None:
        session.add(Sample(sha256=digest, content=picture, added_by=who.user_id, added_at=at))
        session.flush()
    return digest


def content(session: Session, sha256: str) -> bytes | None:
    """The picture (JPEG) of this digest: one that was kept here, or that came with the software."""
    row = session.get(Sample, sha256)
    if row is not None:
        return row.content
    try:
        return (ASSETS / "catalogue" / "samples" / f"{sha256}.jpg").read_bytes()
    except FileNotFoundError:
        return None


def materials_of(value: Mapping[str, Any]) -> dict[str, Words]:
    """The materials that a sample may be of, of the guide and of the application: code → name."""
    listed = value.get("guide", {}).get("materials") or ()
    asked = (value.get("application") or {}).get("materials") or ()
    named = {one.get("code", ""): Words(one.get("name", ""), said(one.get("name", ""))) for one in listed}
    for one in asked:
        name = one.get("name") or {}
        named[one.get("code", "")] = Words(name.get("zh", ""), name.get("en", ""))
    return {code: name for code, name in named.items() if code}
