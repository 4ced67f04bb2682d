"""A request as somebody pastes it: the text of HTTP, headers alone, or a command for curl.

What a form sends has lost how its lines ended, since browsers make every line end alike. Here they
are newlines; whoever needs the very bytes of a body gives them as a file.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

from common.errors import InvalidInput

PASTED_MAX_BYTES = 256 * 1024
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
REQUEST_LINE = re.compile(r"(?P<method>[A-Z]+) (?P<target>\S+)(?: HTTP/[0-9.]+)?")
ANSI_QUOTED = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|(.))", re.DOTALL)
ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}
DATA_OPTIONS = ("-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--json")
# Options of curl with a value that says nothing about the bytes that are sent.
OTHER_OPTIONS = ("-o", "--output", "-m", "--max-time", "-A", "--user-agent", "-b", "--cookie", "-w")


class UnreadablePaste(InvalidInput):
    """This is neither the text of a request, nor headers, nor a command for curl."""

    code = "unreadable_paste"


@dataclass
class PastedRequest:
    """What was pasted, taken apart; ``notes`` say what had to be guessed."""

    target: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes | None = None
    notes: list[str] = field(default_factory=list)

    def joined_headers(self) -> dict[str, str]:
        """Return the headers by name in small letters; repetitions joined as servers do."""
        found: dict[str, str] = {}
        for name, value in self.headers:
            key = name.lower()
            found[key] = f"{found[key]},{value}" if key in found else value
        return found


def read_pasted(text: str) -> PastedRequest:
    """Return what a pasted text says.

    Raises
    ------
    UnreadablePaste
        Saying which line or word is not understood.
    """
    if len(text.encode(errors="replace")) > PASTED_MAX_BYTES:
        raise UnreadablePaste("This is longer than any request could be.", field="request")
    text = text.replace("\r\n", "\n")
    if text.lstrip().startswith("curl "):
        return _read_curl(text.strip())
    return _read_http(text)


def _read_http(text: str) -> PastedRequest:
    head, blank, body = text.lstrip("\n").partition("\n\n")
    request = PastedRequest(body=body.encode(errors="replace") if blank else None)
    for number, line in enumerate(head.split("\n"), start=1):
        first = REQUEST_LINE.fullmatch(line.strip()) if number == 1 else None
        if first:
            request.target = first["target"]
        elif line.strip():
            request.headers.append(_header(line, f"Line {number}"))
    return request


def _header(line: str, where: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or NAME.fullmatch(name.strip()) is None:
        raise UnreadablePaste(
            f"{where} is no header: write a name, a colon and a value. "
            "Between the headers and the body stands an empty line.",
            field="request",
        )
    return name.strip(), value.strip(" \t")


def _read_curl(command: str) -> PastedRequest:
    try:
        words = shlex.split(ANSI_QUOTED.sub(_requoted, command))[1:]
    except ValueError:
        raise UnreadablePaste(
            "A quotation mark of this command is not closed.", field="request"
        ) from None
    request = PastedRequest()
    for option, value in _options(words):
        if option in ("-H", "--header"):
            request.headers.append(_header(value, f"-H {value.partition(':')[0][:40]!r}"))
        elif option in DATA_OPTIONS:
            _add_data(request, option, value)
        elif option in ("", "--url"):
            request.target = value
    return request


def _options(words: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the options of a command, each with its value; a word by itself has no option."""
    pending = iter(words)
    for word in pending:
        if word.startswith("--"):
            option, given, value = word.partition("=")
            takes = option in (*DATA_OPTIONS, *OTHER_OPTIONS, "--header", "--request", "--url")
            yield option, value if given else (next(pending, "") if takes else "")
        elif word.startswith("-") and len(word) > 1:
            takes = word[:2] in ("-H", "-d", "-X", *OTHER_OPTIONS)
            yield word[:2], (word[2:] or next(pending, "")) if takes else ""
        elif word.strip():
            yield "", word


def _add_data(request: PastedRequest, option: str, value: str) -> None:
    if value.startswith("@") and option != "--data-raw":
        request.notes.append(
            f"The command reads the body from the file {value[1:][:80]}: give that file below."
            + (" With -d curl leaves out its line ends." if option in ("-d", "--data") else "")
        )
        return
    data = value.encode(errors="replace")
    joint = b"" if option == "--json" else b"&"
    request.body = data if request.body is None else request.body + joint + data
    given = {name.lower() for name, _ in request.headers}
    if option == "--json" and "content-type" not in given:
        request.headers.append(("Content-Type", "application/json"))


def _requoted(found: re.Match[str]) -> str:
    text = ESCAPE.sub(_unescaped, found[1])
    # Characters beyond 16 bits are written as pairs; half a pair is no character.
    paired = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return shlex.quote(paired)


def _unescaped(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    return chr(int(code, 16)) if code else ESCAPED.get(found[3], found[3])
