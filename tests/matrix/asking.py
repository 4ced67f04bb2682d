"""Ask for any route as anybody, and say what became of it in the words of the policies."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.messages import get_messages
from django.db import transaction
from django.test import Client

from accounts.models import AuditEvent
from signalhub.policies import Policy, Who
from tests.api.parts import Scenario
from tests.matrix.houses import CANARY, SOURCE_CANARY, Houses
from tests.matrix.things import NOBODYS, NOBODYS_NUMBER

PASSED, FORBIDDEN, HIDDEN, SIGN_IN = "passed", "forbidden", "hidden", "asked to sign in"
CHARACTERS = {
    "ada": "author",
    "rita": "reviewer",
    "sam": "subscriber",
    "olga": "operator",
    "pia": "colleague",
    "mallory": "buyer",
}
# Whoever has the right to outputs is told that there are none.
ALLOWED_BUT_EMPTY = ("no_output", "no_outputs_yet", "no_stream")
EVERY_ROLE = frozenset({Who.AUTHOR, Who.REVIEWER, Who.OPERATOR})
TO_OWN = {
    "outsider": {Who.STRANGER},
    "buyer": {Who.STRANGER, Who.BUYER},
    "colleague": {Who.MEMBER},
    "subscriber": {Who.MEMBER, Who.GRANTED},
    "author": {Who.AUTHOR},
    "reviewer": {Who.REVIEWER},
    "operator": {Who.OPERATOR},
    "administrator": {Who.ADMINISTRATOR},
    "superuser": {Who.SUPERUSER},
}
# Where the first of the two houses operates the platform.
OPERATE_PLATFORM = frozenset({"operator", "administrator", "superuser"})
ELSEWHERE = ("outsider", "buyer")
ELSEWHERE_ROLES = EVERY_ROLE
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b\d{1,18}\b")
_TOKEN = re.compile(r"\b[A-Za-z0-9]{64}\b")  # of a form, masked anew each time
NOT_THERE = re.compile(r"doesn.t exist|may not know of")
_VARIES = ("X-Request-ID", "Set-Cookie", "Date", "Content-Length", "ETag")


@dataclass(frozen=True)
class Request:
    """What is sent: an address of one of three things, and perhaps a body."""

    method: str
    address: str
    body: Any = None  # JSON
    form: dict[str, Any] | None = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str
    said: tuple[str, ...] = ()  # by the messages of the admin
    recorded: int = 0  # audit events that it wrote

    @property
    def outcome(self) -> str:
        """Return what became of the request, in the words of the policies."""
        location = self.headers.get("Location", "")
        if self.status == 401 or "/login/?next=" in location:
            return SIGN_IN
        if self.status == 403:
            return FORBIDDEN
        if self.status == 404 and any(f'"{code}"' in self.text for code in ALLOWED_BUT_EMPTY):
            return PASSED
        if self.status == 404 or any(NOT_THERE.search(line) for line in self.said):
            return HIDDEN
        # 503 and 504 are what the platform lacks here, a worker; 500 is a fault, whoever asks.
        return PASSED if self.status < 500 or self.status in (503, 504) else str(self.status)

    @property
    def likeness(self) -> tuple[Any, ...]:
        """Return the answer without what differs from one id to another."""
        kept = {name: value for name, value in self.headers.items() if name not in _VARIES}
        return (
            self.status,
            _without_ids(json.dumps(kept, sort_keys=True)),
            _without_ids(self.text),
            tuple(_without_ids(line) for line in self.said),
        )


class Asking:
    """Clients of everybody; whatever they change is undone."""

    def __init__(self, houses: Houses) -> None:
        self.houses = houses
        self._clients = {}
        for name, user in houses.people.items():
            client = Client(raise_request_exception=False)
            if user is not None:
                client.force_login(user)
            self._clients[name] = client
        self._cookies = {name: dict(one.cookies) for name, one in self._clients.items()}

    def fill(self, path: str, whose: str) -> str:
        """Return the address of a path about a thing of somebody's."""
        things = self.houses.things[whose]
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda part: str(things[part[1]]), path)

    def ask(self, who: str, request: Request) -> Answer:
        """Send a request as somebody."""
        client: Any = self._clients[who]
        sent: dict[str, Any] = {"headers": dict(request.headers)}
        if request.body is not None:
            sent |= {"data": json.dumps(request.body), "content_type": "application/json"}
        elif request.form is not None:
            sent["data"] = request.form
        with transaction.atomic():
            before = AuditEvent.objects.count()
            reply = getattr(client, request.method.lower())(request.address, **sent)
            text = b"".join(reply) if reply.streaming else reply.content
            said = tuple(str(message) for message in get_messages(reply.wsgi_request))
            recorded = AuditEvent.objects.count() - before
            transaction.set_rollback(True)
        # What it was told to remember belongs to what was undone.
        client.cookies.clear()
        client.cookies.update(self._cookies[who])
        shown = text.decode("utf-8", "replace")
        return Answer(reply.status_code, dict(reply.items()), shown, said, recorded)


def expected(
    policy: Policy, who: str, whose: str, *, owner: str | None = None, granted: bool = True
) -> str:
    """Return what a policy says that somebody's request about a thing comes to.

    ``owner`` is whom it is about; the things of some requests nobody was ``granted``.
    """
    if policy.open:
        return PASSED
    if who == "anonymous":
        return SIGN_IN
    if policy.about_a_thing and whose == "nobody":
        return HIDDEN
    relations = relations_of(who, whose if policy.about_a_thing else "", owner=owner)
    if not granted:
        relations -= {Who.GRANTED, Who.BUYER}
    if relations & policy.admits:
        return PASSED
    return FORBIDDEN if relations & policy.tells else HIDDEN


def relations_of(who: str, whose: str, *, owner: str | None = None) -> set[Who]:
    """Return what somebody is to a thing; to none: what they are in their own house."""
    owns: set[Who] = {Who.OWNER} if who == owner and whose != "foreign" else set()
    if whose == "own":
        return TO_OWN[who] | owns
    if who == "superuser":
        return {Who.SUPERUSER}
    if who in ELSEWHERE:
        return {*(EVERY_ROLE if whose == "" else (Who.REVIEWER, Who.OPERATOR)), *owns}
    return (TO_OWN[who] if whose == "" else {Who.STRANGER}) | owns


def forbidden_words(who: str, policy: Policy | None = None) -> tuple[str, ...]:
    """Return the words that somebody must never read; buyers read of what they bought."""
    if who == "superuser":
        return ()
    if who == "anonymous":
        return (*CANARY.values(), *SOURCE_CANARY.values())
    whose = "own" if who in ELSEWHERE else "foreign"
    if who == "buyer" and policy is not None and Who.BUYER in policy.admits | policy.tells:
        return (SOURCE_CANARY[whose],)
    return (CANARY[whose], SOURCE_CANARY[whose])


def differences(where: str, answers: dict[str, Answer]) -> Iterator[str]:
    """Yield an objection when somebody can tell another house's thing from one that is not."""
    foreign, unknown = answers.get("foreign"), answers.get("nobody")
    if foreign and unknown and foreign.outcome == HIDDEN and foreign.likeness != unknown.likeness:
        yield f"{where}: foreign and unknown differ: {foreign.likeness} {unknown.likeness}"


def words_shown(where: str, answer: Answer, words: tuple[str, ...]) -> Iterator[str]:
    """Yield an objection for each word that an answer must not have."""
    whole = f"{answer.text} {answer.headers} {answer.said}"
    for word in words:
        if word in whole:
            at = whole.index(word)
            yield f"{where}: shows {word}: …{whole[max(at - 120, 0) : at + 40]!r}"


def request_of(scenario: Scenario, houses: Houses, whose: str) -> Request:
    """Return the request of a scenario about a thing of one of the houses, or of nobody."""
    world = houses.foreign if whose == "foreign" else houses.own
    path = {name: str(value) for name, value in scenario.path(world).items()}
    body = scenario.body(world) if scenario.body else None
    names = {alias: user.username for alias, user in world.people.items()}
    body, query = _renamed(body, names), _renamed(scenario.query, names)
    if whose == "nobody":
        path = {k: _of_path(k, value) for k, value in path.items()}
        body = _of_nobody(body)
    method, template = scenario.operation.split(" ")
    address = template.format(**path)
    if query:
        address += "?" + "&".join(f"{name}={value}" for name, value in query.items())
    return Request(method, address, body, headers=(("Accept", "application/json"),))


def _without_ids(text: str) -> str:
    return _ID.sub("#", _TOKEN.sub("#", text))


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if not isinstance(value, dict):
        return value
    return {k: names.get(v, v) if k in ("user", "username") else v for k, v in value.items()}


def _of_nobody(body: Any) -> Any:
    if not isinstance(body, dict):
        return body
    return {name: _nobodys(name, value) for name, value in body.items()}


def _nobodys(name: str, value: Any) -> Any:
    if name == "execution_token":
        return "0" * len(value)
    if isinstance(value, str) and name.endswith("_id"):
        return str(NOBODYS) if _is_uuid(value) else "0"
    return value


def _of_path(name: str, value: str) -> str:
    if not name.endswith("_id"):
        return value
    return str(NOBODYS_NUMBER) if value.isdigit() else str(NOBODYS)


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def whoses(policy: Policy, who: str) -> Iterator[str]:
    """Yield of whom things are asked for."""
    yield "own"
    if policy.about_a_thing and who != "anonymous":
        yield from ("foreign", "nobody")
