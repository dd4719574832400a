"""Sample pictures in a draft of the catalogue: added, captioned, removed; reviewed and published with it (R120)."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request, Response
from starlette.datastructures import FormData, UploadFile

from central.casework.acts import Refused, Words
from central.casework.terms import Role
from central.catalogue import editing, samples
from central.desk.frame import Posted, RowNumber, Signed, allow, centre_of, see_other, text, whole
from central.store.models import Draft

router = APIRouter()

Editor = Annotated[Signed, allow(Role.CATALOGUE_EDITOR)]


@router.post("/catalogue/drafts/{number}/samples")
def change(request: Request, visitor: Editor, number: RowNumber, form: Posted) -> Response:
    """Keep the captions, and add or remove a sample."""
    centre = centre_of(request)
    what, _, index = text(form, "do", 20).partition(":")
    at = centre.now()
    with centre.database.writing() as session:
        draft = session.get(Draft, number)
        if draft is None:
            raise HTTPException(404)
        value = json.loads(draft.content)
        kept = _captioned(value.get("samples") or [], form)
        if what == "remove" and index.isdecimal():
            kept = [one for place, one in enumerate(kept) if place != int(index)]
        upload = form.get("picture")
        if isinstance(upload, UploadFile) and upload.size:
            picture = samples.keep(session, visitor.who, upload.file.read(samples.MOST_UPLOAD + 1), at)
            kept.append({"material": text(form, "material", 64), "sha256": picture, "caption": _caption(form, "")})
        value["samples"] = kept
        editing.save(session, visitor.who, draft, whole(text(form, "version", 10)) or 0, value, draft.note, at)
    return see_other(request, f"/desk/catalogue/drafts/{number}?section=samples", Words("已保存", "Saved"))


def _captioned(held: list[dict[str, Any]], form: FormData) -> list[dict[str, Any]]:
    return [{**one, "caption": _caption(form, f".{index}")} for index, one in enumerate(held)]


def _caption(form: FormData, place: str) -> dict[str, str]:
    caption = {language: text(form, language + place, 120) for language in ("zh", "en")}
    if not all(caption.values()):
        raise Refused("caption", Words("样本要有中文和英文说明", "A sample needs a caption in Chinese and in English"))
    return caption
