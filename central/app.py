"""The centre as an ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from central import __doc__ as description
from central.api import problem_answers
from central.api.limits import BodyLimit
from central.api.routes import router
from central.centre import CentreParts, assemble
from central.settings import Settings
from kiosk.protocol import PROTOCOL
from kiosk.protocol.envelope import MAX_APPLICATION

BODY_LIMIT = 2 * MAX_APPLICATION + 1024 * 1024
"""Largest body of a submission, in bytes."""


def create_app(settings: Settings) -> FastAPI:
    """The application for an initialised data folder.

    Raises:
        KeysUnusable, DatabaseError
    """
    return _app(assemble(settings))


def openapi() -> dict[str, object]:
    """The published description of the API. Needs no data folder."""
    return _app(None).openapi()


def _app(centre: CentreParts | None) -> FastAPI:
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
    problem_answers.install(app)
    chunk = 0 if centre is None else centre.settings.chunk_size
    app.add_middleware(BodyLimit, limit=max(BODY_LIMIT, chunk + 1))
    return app
