"""The floor: bare Starlette and psycopg."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bench.ingest_peers import work

pool = work.make_pool()


async def create_signal(request: Request) -> JSONResponse:
    body = await request.body()
    digest = work.verify(body, request.headers)
    identifier, now, row = work.row_of(json.loads(body), digest)
    async with pool.connection() as connection:
        await connection.execute(work.INSERT, row, prepare=True)
    return JSONResponse(work.receipt(identifier, now), status_code=201)


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[None]:
    async with pool:
        yield


application = Starlette(
    routes=[Route("/api/v1/signals", create_signal, methods=["POST"])], lifespan=lifespan
)
