"""Between the sandbox and the gateway: each read of a script becomes a request of the gateway."""

from __future__ import annotations

from execution.sandbox.reads import (
    Columns,
    JsonValue,
    MarketDataRead,
    MetricRead,
    ReadAnswerer,
    ReadFailed,
    ReadReply,
    ReadRequest,
)
from gateway.reads import InvalidRead, Reader, ScriptReadQuotaSpent
from gateway.requests import (
    GatewayReply,
    GatewayRequest,
    MarketDataRequest,
    MetricRequest,
    ScriptOutputRequest,
    Table,
)


def answerer_of(reader: Reader) -> ReadAnswerer:
    """Return the function that answers a guest's reads through this run's reader."""

    def answer(request: ReadRequest) -> ReadReply:
        try:
            reply = reader.read(request_of(request))
        except (InvalidRead, ScriptReadQuotaSpent) as error:
            raise ReadFailed(error.message) from None
        return reply_of(reply)

    return answer


def reply_of(reply: GatewayReply) -> ReadReply:
    """Return what the gateway answered as the sandbox passes it on."""
    if isinstance(reply, Table):
        return Columns(index_ns=reply.index_ns, columns=dict(reply.columns))
    return JsonValue(value=reply)


def request_of(request: ReadRequest) -> GatewayRequest:
    """Return what a script asks as the gateway is asked it."""
    if isinstance(request, MarketDataRead):
        return MarketDataRequest(
            instrument_key=request.instrument, timeframe=request.timeframe, bars=request.bars
        )
    if isinstance(request, MetricRead):
        return MetricRequest(name=request.name, instrument_key=request.instrument)
    return ScriptOutputRequest(script_id=request.script_id, history=request.history)
