"""Requests that two readers could understand in two ways, that never end, or that are huge.

Each ends with a request for ``/health/live`` that closes the connection, so that whoever takes a
part of the first for a second is seen: it answers once too often.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.edge.servers import LAST

HOST = b"Host: localhost\r\n"
INSIDE = b"GET /health/live?inside HTTP/1.1\r\nHost: localhost\r\n\r\n"
ITS_LENGTH = b"Content-Length: %d\r\n" % len(INSIDE)
POST = b"POST /scripts HTTP/1.1\r\n" + HOST
GET = b"GET /health/live HTTP/1.1\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


@dataclass(frozen=True)
class Case:
    """A request, and the statuses of the only answers that are right."""

    name: str
    sent: bytes
    statuses: tuple[tuple[int, ...], ...]

    def __str__(self) -> str:
        return self.name


def post(headers: bytes, body: bytes = b"") -> bytes:
    return POST + headers + b"\r\n" + body


def get(headers: bytes = HOST, target: bytes = b"/health/live", version: bytes = b"1.1") -> bytes:
    return b"GET " + target + b" HTTP/" + version + b"\r\n" + headers + b"\r\n"


def refused(name: str, sent: bytes, status: int = 400) -> Case:
    return Case(name, sent + LAST, ((status,),))


# Sent by nobody signed in: /scripts answers 401 when it was understood.
UNDERSTOOD = ((401, 200),)

SMUGGLING = [
    refused("CL.TE", post(b"Content-Length: 6\r\n" + CHUNKED, b"0\r\n\r\nG")),
    refused(
        "TE.CL",
        post(CHUNKED + b"Content-Length: 4\r\n", b"38\r\n" + INSIDE + b"\r\n0\r\n\r\n"),
    ),
    *(
        refused(f"TE {value!r}", post(name + value + b"\r\nContent-Length: 5\r\n", b"0\r\n\r\n"))
        for name, value in [
            (b"Transfer-Encoding: ", b"xchunked"),
            (b"Transfer-Encoding : ", b"chunked"),
            (b"Transfer-Encoding: ", b"\x0bchunked"),
            (b"Transfer-Encoding: ", b"\x0cchunked"),
            (b"Transfer-Encoding:\r\n ", b"chunked"),
            (b"Transfer-Encoding: ", b"identity"),
            (b"Transfer-Encoding: ", b'"chunked"'),
            (b"Transfer-Encoding\x00: ", b"chunked"),
            (b" Transfer-Encoding: ", b"chunked"),
            (b"X: y\rTransfer-Encoding: ", b"chunked"),
            (b"X: y\nTransfer-Encoding: ", b"chunked"),
        ]
    ),
    *(
        refused(f"TE {headers!r}", post(headers, b"0\r\n\r\n"))
        for headers in [
            CHUNKED + b"Transfer-Encoding: x\r\n",
            CHUNKED + CHUNKED,
            b"Transfer-Encoding: chunked, identity\r\n",
            b"Transfer-Encoding: chunked, chunked\r\n",
            b"Transfer-Encoding: gzip, chunked\r\n",
            b"Transfer-Encoding: identity, chunked\r\n",
            b"Transfer-Encoding:\r\n",
        ]
    ),
    refused(
        "TE in 1.0", b"POST /scripts HTTP/1.0\r\n" + HOST + CHUNKED + b"\r\n0\r\n\r\n" + INSIDE
    ),
    *(
        refused(f"CL {value!r}", post(b"Content-Length: " + value + b"\r\n", b"hello"))
        for value in [
            b"5\r\nContent-Length: 5",
            b"5\r\nContent-Length: 0",
            b"5, 5",
            b"+5",
            b"-5",
            b"5 5",
            b"0x5",
            b"5_0",
            b"5.0",
            b"9" * 30,
            b"18446744073709551621",
            b"",
            b"\xb5",
        ]
    ),
    refused("CL space before colon", post(b"Content-Length : 5\r\n", b"hello")),
    refused("obs-fold", get(HOST + b"X-A: b\r\n c\r\n")),
    refused("bare LF", b"GET /health/live HTTP/1.1\nHost: localhost\n\n"),
    refused("bare LF in headers", GET + b"Host: localhost\nX: y\r\n\r\n"),
    refused("NUL in a value", get(HOST + b"X-A: b\x00c\r\n")),
    refused("NUL in a name", get(HOST + b"X\x00A: b\r\n")),
    refused("NUL in the target", get(target=b"/health/\x00live")),
    refused("no colon", get(HOST + b"XA\r\n")),
    refused("no name", get(HOST + b": b\r\n")),
    Case(
        "CL under another name",
        post(b"Content_Length: 57\r\n", INSIDE + LAST),
        ((401, 200, 200), (400,)),
    ),
    Case("GET with a body", get(HOST + ITS_LENGTH) + INSIDE + LAST, ((200, 200),)),
]

CHUNKS = [
    *(
        refused(f"chunk {body[:20]!r}", post(CHUNKED, body))
        for body in [
            b"FFFFFFFFFFFFFFFFF\r\nx\r\n0\r\n\r\n",
            b"-1\r\nx\r\n0\r\n\r\n",
            b"0x1\r\nx\r\n0\r\n\r\n",
            b"+1\r\nx\r\n0\r\n\r\n",
            b"1 \r\nx\r\n0\r\n\r\n",
            b"\r\nx\r\n0\r\n\r\n",
            b"1;a\nx\r\n0\r\n\r\n",
            b"1\nx\n0\n\n",
            b"1\r\nxx0\r\n\r\n",
            b"g\r\nx\r\n0\r\n\r\n",
        ]
    ),
    Case("chunk extension", post(CHUNKED, b"1;a=b\r\nx\r\n0\r\n\r\n") + LAST, UNDERSTOOD),
    Case(
        "trailers are no headers",
        post(CHUNKED, b"0\r\nAccept: image/png\r\nX-User-ID: 1\r\n\r\n") + LAST,
        UNDERSTOOD,
    ),
    # The first request is whole: it is answered, and what follows it is not.
    Case("garbage after chunks", post(CHUNKED, b"0\r\n\r\nGARBAGE\r\n\r\n") + LAST, ((401,),)),
    Case(
        "garbage after a body",
        post(b"Content-Length: 1\r\n", b"xGARBAGE\r\n\r\n") + LAST,
        ((401,),),
    ),
    Case("three at once", get() * 2 + LAST, ((200, 200, 200),)),
    Case(
        "a good one, then a bad one",
        get() + post(b"Content-Length: 6\r\n" + CHUNKED, b"0\r\n\r\nG") + LAST,
        ((200,),),
    ),
]

SIZES = [
    refused("one header of 64 KB", get(HOST + b"X-A: " + b"a" * 65_536 + b"\r\n"), 431),
    refused("one header of 1 MB", get(HOST + b"X-A: " + b"a" * 1_000_000 + b"\r\n"), 431),
    refused(
        "200 headers", get(HOST + b"".join(b"X-%d: y\r\n" % number for number in range(200))), 431
    ),
    refused(
        "20,000 headers",
        get(HOST + b"".join(b"X-%d: y\r\n" % number for number in range(20_000))),
        431,
    ),
    refused("a target of 20 KB", get(target=b"/" + b"a" * 20_000), 414),
    refused("a target of 1 MB", get(target=b"/" + b"a" * 1_000_000), 414),
    Case("a line of 1 MB", b"A" * 1_000_000, ((400,), (431,))),
    refused("a body of 1 TB", post(b"Content-Length: 1099511627776\r\n", b"x"), 413),
    refused("a body of 4 MB", post(CHUNKED, b"400000\r\n" + b"x" * 0x400000 + b"\r\n"), 413),
    refused(
        "a chunk extension of 8 MB", post(CHUNKED, b"1;" + b"a" * 0x800000 + b"\r\nx\r\n"), 413
    ),
    refused("trailers without end", post(CHUNKED, b"0\r\n" + b"X-A: b\r\n" * 200_000), 431),
]

TARGETS = [
    refused("no Host", get(b"")),
    refused("two Hosts", get(HOST + b"Host: elsewhere.example\r\n")),
    refused("the same Host twice", get(HOST + HOST)),
    refused("two Hosts in 1.0", get(HOST + HOST, version=b"1.0")),
    Case("an empty Host", get(b"Host: \r\n") + LAST, ((400, 200),)),
    Case("another's Host", get(b"Host: elsewhere.example\r\n") + LAST, ((400, 200),)),
    Case("a Host with @", get(b"Host: localhost@elsewhere.example\r\n") + LAST, ((400, 200),)),
    refused("another's address", get(target=b"http://elsewhere.example/health/live")),
    Case("our whole address", get(target=b"http://localhost/health/live") + LAST, ((200, 200),)),
    refused("no slash", get(target=b"health/live")),
    refused("GET *", get(target=b"*")),
    refused("CONNECT", b"CONNECT elsewhere.example:443 HTTP/1.1\r\n" + HOST + b"\r\n"),
    refused("HTTP/0.9", b"GET /health/live\r\n"),
    refused("HTTP/1.2", get(version=b"1.2")),
    refused("HTTP/2.0", get(version=b"2.0")),
    refused("HTTP/2 from the start", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00" * 9),
    refused("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 32),
    refused("a method of signs", b"G@T /health/live HTTP/1.1\r\n" + HOST + b"\r\n"),
    refused("a target of other bytes", get(target=b"/\xff\xfe")),
    Case(
        "h2c",
        get(HOST + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: A\r\n")
        + INSIDE
        + LAST,
        ((200,),),
    ),
    refused(
        "h2c with a body",
        post(b"Connection: Upgrade\r\nUpgrade: h2c\r\n" + ITS_LENGTH, INSIDE),
    ),
    refused(
        "a WebSocket with a body",
        get(HOST + b"Connection: Upgrade\r\nUpgrade: websocket\r\n" + ITS_LENGTH, b"/ws/") + INSIDE,
    ),
    Case(
        "Expect",
        post(b"Expect: 100-continue\r\nContent-Length: 2\r\n", b"{}") + LAST,
        ((100, 401, 200), (401, 200)),
    ),
]

KINDS = {"smuggling": SMUGGLING, "chunks": CHUNKS, "sizes": SIZES, "targets": TARGETS}
