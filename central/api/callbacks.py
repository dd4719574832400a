"""Callbacks of outside providers: delivery receipts of text messages, pushes of carriers.

They may come late, twice and in any order. Each proves where it comes from (the secret in its address, its signature);
what does not is answered 403 and changes nothing. They are no part of the protocol for terminals.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from central.centre import CentreParts
from central.notify.provider import NotAuthentic
from central.notify.sending import apply_receipts

router = APIRouter(prefix="/api/v1/callbacks", include_in_schema=False)
MOST = 256 * 1024
"""Bytes of a callback."""

_NOT_AUTHENTIC = Response(status_code=403)
_NOT_UNDERSTOOD = Response(status_code=400)
_AGAIN = Response(status_code=503, headers={"Retry-After": "60"})
"""Something in it is not known yet (a receipt can overtake our own note of the message): the provider repeats it."""
_NOBODY = Response(status_code=404)


@router.post("/sms/{token}")
async def sms_receipts(request: Request, token: Annotated[str, Path(max_length=200)]) -> Response:
    """Receipts of text messages."""
    body = await request.body()
    if len(body) > MOST:
        return Response(status_code=413)
    return await run_in_threadpool(_receipts, _centre(request), token, dict(request.headers), body)


@router.post("/tracking")
async def carrier_push(request: Request) -> Response:
    """A carrier's push, a form."""
    if len(await request.body()) > MOST:
        return Response(status_code=413)
    form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    return await run_in_threadpool(_push, _centre(request), form)


def _receipts(centre: CentreParts, token: str, headers: dict[str, str], body: bytes) -> Response:
    sms = centre.sms
    if sms is None or not centre.settings.sms.callback_secret.get_secret_value():
        return _NOBODY
    try:
        receipts = sms.receipts(token, headers, body)
    except NotAuthentic:
        return _NOT_AUTHENTIC
    except (ValueError, TypeError, KeyError, RecursionError):
        return _NOT_UNDERSTOOD
    with centre.database.writing() as session:
        unknown = apply_receipts(session, sms.name, receipts, centre.now())
    text, media_type = sms.acknowledgement()
    return _AGAIN if unknown else Response(text, media_type=media_type)


def _push(centre: CentreParts, form: dict[str, str]) -> Response:
    carrier = centre.carrier
    if carrier is None or not centre.settings.tracking.salt.get_secret_value():
        return _NOBODY
    try:
        trace = carrier.on_push(form)
    except NotAuthentic:
        return _NOT_AUTHENTIC
    except (ValueError, TypeError, KeyError, RecursionError):
        return _NOT_UNDERSTOOD
    centre.tracking.apply(trace)  # of a parcel that is not ours we say thank you, too
    text, media_type = carrier.acknowledgement()
    return Response(text, media_type=media_type)


def _centre(request: Request) -> CentreParts:
    parts: CentreParts = request.app.state.centre
    return parts
