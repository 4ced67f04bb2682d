"""A delivery as people read it: lines of text, for a mail and for a chat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from common.clock import parse_instant
from streams.deliveries.contents import Content
from streams.deliveries.wording import plain, quoted, value_in_words

STREAMS_SHOWN = 40  # of a digest; the rest is counted
METADATA_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A subject in our words, lines below it, and at most one link, which is ours."""

    subject: str
    lines: list[str]
    link: str = ""
    link_words: str = ""


def letter_of(content: Content, *, destination: str) -> Letter:
    """Return an output, a digest or a test as people read it."""
    if content.type == "signal.output":
        return _of_output(content.data)
    if content.type == "signal.digest":
        return _of_digest(content.data)
    if content.type == "signal.ended":
        return _of_end(content.data)
    return Letter(
        subject="SignalHub: a test",
        lines=[f"This is the test that you asked for. {quoted(destination)} works."],
    )


def _of_output(data: dict[str, Any]) -> Letter:
    return Letter(
        subject=f"SignalHub signal: {_named(data)}",
        lines=[_sentence(data, data), *_hole(data), f"Number {data['seq']} of its stream."],
    )


def _of_digest(data: dict[str, Any]) -> Letter:
    count, streams = data["outputs"], data["streams"]
    lines = [f"Why a digest: {data['reason']}."]
    for part in streams[:STREAMS_SHOWN]:
        lines.append(
            f"{_named(part)}: {part['outputs']} outputs, numbers {part['first_seq']} to "
            f"{part['last_seq']}; {_shown(part)}:"
        )
        lines += [f"  {_sentence(part, one, named=False)}" for one in part["newest"]]
        lines += _hole(part)
    if len(streams) > STREAMS_SHOWN:
        lines.append(f"… and {len(streams) - STREAMS_SHOWN} more streams.")
    if data["ended"]:
        lines.append(f"Your right to {len(data['ended'])} streams has ended: they are left out.")
    return Letter(
        subject=f"SignalHub digest: {count} signals",
        lines=lines,
        link=data["log"],
        link_words="What was sent, and sending it again",
    )


def _shown(part: dict[str, Any]) -> str:
    if not part["left_out"]:
        return "all of them"
    return f"{part['left_out']} are left out here, and can be sent again by the link; the newest"


def _of_end(data: dict[str, Any]) -> Letter:
    streams = data["streams"]
    lines = ["Your right to these signals has ended, so no more of them are sent:"]
    lines += [
        f"{_named(part)}: delivered up to number {part['last_seq']}."
        for part in streams[:STREAMS_SHOWN]
    ]
    if len(streams) > STREAMS_SHOWN:
        lines.append(f"… and {len(streams) - STREAMS_SHOWN} more streams.")
    lines.append(
        f"When the right is back within {settings.DELIVERY_LAPSE_DAYS} days they go on by "
        "themselves, and it is said which numbers are missing."
    )
    return Letter(
        subject="SignalHub: your right to signals has ended",
        lines=lines,
        link=data["log"],
        link_words="What goes where",
    )


def _hole(part: dict[str, Any]) -> Iterator[str]:
    if part["missed"] is not None:
        first, last = part["missed"]["first_seq"], part["missed"]["last_seq"]
        yield f"Numbers {first} to {last} before these could not be delivered to you."


def _named(part: dict[str, Any]) -> str:
    by = f" by {plain(part['author'])}" if part["author"] else ""
    name = quoted(part["script"]) if part["script"] else "signals"
    return f"{name}{by} on {plain(part['instrument'])}"


def _sentence(part: dict[str, Any], output: dict[str, Any], *, named: bool = True) -> str:
    side = output["metadata"].get("side")
    said = [f"{_named(part)}: " if named else "", value_in_words(output["value"])]
    if isinstance(side, str):
        said.append(f" ({plain(side, limit=10)})")
    said.append(f", {_moment(parse_instant(output['timestamp']))}")
    said.append("" if output["confirmed"] else ", not confirmed yet: it may still change")
    others = [(name, value) for name, value in output["metadata"].items() if name != "side"]
    shown = (
        f"{plain(name, limit=30)} {value_in_words(value)}"
        for name, value in others[:METADATA_SHOWN]
    )
    return "".join(said) + "".join(f"; {one}" for one in shown)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
