"""A peer: FastAPI with a pydantic model, and psycopg."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from fastapi import FastAPI, Request
from pydantic import AwareDatetime, BaseModel, Field

from bench.ingest_peers import work

pool = work.make_pool()


class SignalIn(BaseModel):
    instrument: str = Field(pattern=r"^[A-Z0-9._-]{2,20}$")
    side: int = Field(ge=0, le=1)
    time: AwareDatetime
    payload: dict[str, Any] | None = None
    version: int = Field(default=1, ge=1)


class SignalOut(BaseModel):
    id: str
    status: int
    created_at: datetime


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with pool:
        yield


application = FastAPI(lifespan=lifespan)


@application.post("/api/v1/signals", status_code=201, response_model=SignalOut)
async def create_signal(signal: SignalIn, request: Request) -> dict[str, Any]:
    digest = work.verify(await request.body(), request.headers)
    identifier, now, row = work.row_of(signal.model_dump(), digest)
    async with pool.connection() as connection:
        await connection.execute(work.INSERT, row, prepare=True)
    return work.receipt(identifier, now)
