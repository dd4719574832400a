"""The centre as an ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from central import __doc__ as description
from central.api import (
    callbacks,
    documents,
    help_calls,
    licences,
    platforms,
    problem_answers,
    published,
    samples,
    sharing,
    statistics,
    supplements,
    terminals,
    voices,
    withdrawals,
)
from central.api.limits import BodyLimit
from central.api.openapi import describe
from central.api.routes import router
from central.centre import CentreParts
from central.desk.app import desk
from central.documents import public
from kiosk.protocol import PROTOCOL
from kiosk.protocol.envelope import MAX_APPLICATION

BODY_LIMIT = 2 * MAX_APPLICATION + 1024 * 1024
"""Largest body of a submission, in bytes."""


def openapi() -> dict[str, object]:
    """The published description of the API. Needs no data folder."""
    return application(None).openapi()


def application(centre: CentreParts | None) -> FastAPI:
    """The application around `centre`, which it closes when it ends. None: only its description is wanted."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        if centre is not None:
            centre.close()

    app = FastAPI(
        title="Tongban centre",
        version=PROTOCOL.removeprefix("tongban/"),
        description=description or "",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.centre = centre
    app.include_router(router)
    for room in (
        supplements,
        withdrawals,
        voices,
        help_calls,
        documents,
        licences,
        terminals,
        platforms,
        sharing,
        published,
        samples,
        callbacks,
        statistics,
    ):
        app.include_router(room.router)
    app.include_router(public.router)
    describe(app)
    app.mount("/desk", desk(app.state))
    problem_answers.install(app)
    chunk = 0 if centre is None else centre.settings.chunk_size
    app.add_middleware(BodyLimit, limit=max(BODY_LIMIT, chunk + 1))
    return app
