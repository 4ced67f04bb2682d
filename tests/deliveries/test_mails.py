"""Mails: asked for twice where it matters, ended with one click, and nobody's text in our place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import Message
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from registry.models import Script
from streams.deliveries.services.addresses import confirm_address
from streams.deliveries.services.destinations import (
    TooManyDestinations,
    add_destination,
)
from streams.deliveries.services.followings import NoAddressOfYours, follow_stream, receive_by_email
from streams.models import Destination, DestinationKind, Stream
from tests.deliveries.conftest import Clockwork, log_of
from tests.deliveries.stand_ins import MailServer, mail_server
from tests.streams.conftest import Publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def mails(settings: Settings) -> Iterator[MailServer]:
    with mail_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_USE_TLS = False
        settings.PUBLIC_URL = "https://signalhub.example"
        yield server


@pytest.fixture
def own(sam: User, stream: Stream, entitled: Any, now: datetime) -> Destination:
    sam.email = "sam@example.com"
    sam.save()
    return receive_by_email(sam, [stream], acting_user=sam, now=now)


def text_of(mail: Message, kind: str = "plain") -> str:
    for part in mail.walk():
        if part.get_content_type() == f"text/{kind}":
            content = part.get_content()  # type: ignore[attr-defined]
            assert isinstance(content, str)
            return content
    raise AssertionError(f"no text/{kind}")


def header_of(mail: Message, name: str) -> str:
    """Return a header as it was meant: long ones come in several lines."""
    return " ".join(str(mail[name]).split())


def token_in(text: str, purpose: str) -> str:
    found = re.search(rf"https://signalhub\.example/deliveries/{purpose}/(\S+)", text)
    assert found is not None
    return found[1]


def test_an_output_comes_as_text_and_html_with_what_ends_the_mails(
    own: Destination, mails: MailServer, publish: Publish, sender: Clockwork
) -> None:
    publish(1)

    sender.run()

    (mail,) = mails.mails
    assert mail["To"] == "sam@example.com"
    assert header_of(mail, "Subject") == "SignalHub signal: “Momentum” by ada on IBM"
    assert header_of(mail, "Message-ID") == f"<{log_of(own)[0].message_id}@signalhub.example>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "1 (buy), 2006-01-04 00:00 UTC" in text_of(mail)
    assert "1 (buy), 2006-01-04 00:00 UTC" in text_of(mail, "html")


def test_one_click_ends_the_mails_without_signing_in_and_looking_ends_nothing(
    own: Destination, mails: MailServer, publish: Publish, sender: Clockwork
) -> None:
    publish(1)
    sender.run()
    link = (
        header_of(mails.mails[0], "List-Unsubscribe")
        .strip("<>")
        .removeprefix("https://signalhub.example")
    )
    client = Client(enforce_csrf_checks=True)

    looked = client.get(link)
    own.refresh_from_db()
    assert (looked.status_code, own.is_enabled) == (200, True)
    clicked = client.post(link, {"List-Unsubscribe": "One-Click"})

    own.refresh_from_db()
    assert (clicked.status_code, own.is_enabled) == (200, False)
    publish(1)
    sender.run()
    assert len(mails.mails) == 1
    assert client.post(link[:-1] + ("A" if link[-1] != "A" else "B")).status_code == 404


def test_an_address_of_somebody_else_is_asked_first_and_sent_nothing_until_it_says_yes(
    sam: User,
    entitled: Any,
    stream: Stream,
    mails: MailServer,
    publish: Publish,
    sender: Clockwork,
    now: datetime,
) -> None:
    destination, _ = add_destination(
        sam,
        kind=DestinationKind.EMAIL,
        name="Desk",
        address="desk@example.com",
        acting_user=sam,
        now=now,
    )
    follow_stream(destination, stream.key, acting_user=sam, now=now)
    publish(1)
    sender.run()
    (question,) = mails.mails
    assert question["To"] == "desk@example.com"
    assert header_of(question, "Subject") == "SignalHub: shall signals come to this address?"
    token = token_in(text_of(question), "confirm")
    assert Client().get(f"/deliveries/confirm/{token}").status_code == 200
    destination.refresh_from_db()
    assert destination.verified_at is None

    assert Client().post(f"/deliveries/confirm/{token}").status_code == 200
    sender.run()

    assert [mail["To"] for mail in mails.mails] == ["desk@example.com"] * 2
    assert "signal" in header_of(mails.mails[1], "Subject")


def test_a_link_of_another_purpose_or_for_another_address_is_good_for_nothing(
    own: Destination, mails: MailServer, publish: Publish, sender: Clockwork
) -> None:
    publish(1)
    sender.run()
    token = token_in(text_of(mails.mails[0]), "unsubscribe")

    assert Client().post(f"/deliveries/confirm/{token}").status_code == 404
    Destination.objects.update(address="other@example.com")
    assert Client().post(f"/deliveries/unsubscribe/{token}").status_code == 404


def test_an_address_may_take_three_days_to_say_yes(
    sam: User, now: datetime, mails: MailServer, sender: Clockwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_destination(
        sam, kind=DestinationKind.EMAIL, name="D", address="d@example.com", acting_user=sam, now=now
    )
    sender.run()
    token = token_in(text_of(mails.mails[0]), "confirm")
    late = now.timestamp() + timedelta(days=3, minutes=1).total_seconds()
    monkeypatch.setattr("django.core.signing.time.time", lambda: late)

    assert Client().post(f"/deliveries/confirm/{token}").status_code == 404
    with pytest.raises(Exception, match="not, or no longer"):
        confirm_address(token, now=now)


def test_a_scripts_name_neither_leads_elsewhere_nor_passes_for_our_words(
    own: Destination, mails: MailServer, publish: Publish, sender: Clockwork, script: Script
) -> None:
    Script.objects.filter(pk=script.pk).update(
        name="x” is closed. <a href='https://evil.example'>Sign in</a>\u202e https://evil.example"
    )
    publish(1, metadata={"side": "buy", "<b>note</b>": "see https://evil.example\nFrom: SignalHub"})

    sender.run()

    (mail,) = mails.mails
    html, text = text_of(mail, "html"), text_of(mail)
    assert "evil.example" not in html + text + header_of(mail, "Subject")
    assert "<b>note" not in html
    assert "\u202e" not in html + text + header_of(mail, "Subject")
    assert re.findall(r'href="(\S+?)"', html) == re.findall(r'href="(https://signalhub\S+?)"', html)
    assert header_of(mail, "Subject").startswith("SignalHub signal: “x' is closed.")


def test_a_flood_is_one_mail_that_lists_what_it_stands_for(
    own: Destination, mails: MailServer, publish: Publish, sender: Clockwork
) -> None:
    publish(12)

    sender.run()

    (mail,) = mails.mails
    assert header_of(mail, "Subject") == "SignalHub digest: 12 signals"
    assert (
        "12 outputs, numbers 1 to 12; 9 are left out here, and can be sent again by the link; "
        "the newest:" in text_of(mail)
    )
    assert f"https://signalhub.example/deliveries/{own.pk}/" in text_of(mail)
    assert "more than 5 in 10 minutes come as one digest every 15 minutes" in text_of(mail)


def test_a_mail_that_is_refused_for_now_is_tried_again_with_the_same_message_id(
    own: Destination, mails: MailServer, publish: Publish, sender: Clockwork
) -> None:
    mails.refused, mails.says_of_refused = {"sam@example.com"}, "450 come back later"
    publish(1)
    sender.run()
    (delivery,) = log_of(own)
    assert (delivery.response_status, delivery.state) == (450, "pending")
    assert delivery.error == "The mail server did not take it: 450 come back later"
    mails.refused = set()

    sender.later(seconds=6)

    assert [header_of(mail, "Message-ID").split("@")[0] for mail in mails.mails] == [
        f"<{delivery.message_id}"
    ]


@pytest.mark.parametrize(
    ("of", "says"),
    [("says_of_refused", "550 no such mailbox"), ("says_of_contents", "554 looks like spam")],
)
def test_a_mail_that_is_refused_for_good_is_tried_once_and_its_hole_is_said(
    of: str, says: str, own: Destination, mails: MailServer, publish: Publish, sender: Clockwork
) -> None:
    mails.refused = {"sam@example.com"} if of == "says_of_refused" else set()
    setattr(mails, of, says)
    publish(1)
    sender.run()
    sender.later(hours=30)

    (delivery,) = log_of(own)
    assert (delivery.state, delivery.attempts) == ("failed", 1)
    assert delivery.error == f"The mail server did not take it: {says}"
    mails.refused, mails.says_of_contents = set(), "250 OK"
    publish(1)
    sender.run()
    assert "Numbers 1 to 1 before these could not be delivered" in text_of(mails.mails[0])


@pytest.mark.parametrize("says", ["550 no such mailbox", "450 come back later"])
def test_mailboxes_that_are_refused_keep_nobody_elses_mail_from_the_server(
    says: str,
    own: Destination,
    ada: User,
    mails: MailServer,
    publish: Publish,
    sender: Clockwork,
    now: datetime,
) -> None:
    mails.refused = {f"nobody-{number}@example.com" for number in range(8)}
    mails.says_of_refused = says
    for address in mails.refused:
        add_destination(
            ada, kind=DestinationKind.EMAIL, name="D", address=address, acting_user=ada, now=now
        )
    sender.run()
    assert set(mails.asked_for) == mails.refused

    publish(1)
    sender.run()

    assert [mail["To"] for mail in mails.mails] == ["sam@example.com"]


@pytest.mark.parametrize("of", ["says_of_senders", "says_of_refused"])
def test_a_server_that_takes_nobodys_mail_is_left_alone_for_a_while(
    of: str, own: Destination, mails: MailServer, publish: Publish, sender: Clockwork
) -> None:
    mails.refused = {"sam@example.com"} if of == "says_of_refused" else set()
    setattr(mails, of, "421 closing down" if mails.refused else "530 sign in first")
    publish(5)  # one after the other: each waits for the one before it
    for number in range(5):
        extra, _ = add_destination(
            own.owner,
            kind=DestinationKind.EMAIL,
            name="D",
            address=f"d{number}@example.com",
            acting_user=own.owner,
            now=sender.now,
        )
        mails.refused |= {extra.address} if mails.refused else set()
    sender.run()
    mails.refused, mails.says_of_senders = set(), "250 OK"

    sender.later(seconds=10)
    assert mails.mails == []
    assert {one.state for one in log_of(own)} == {"pending"}
    sender.later(seconds=120)
    sender.later(seconds=120)

    assert len(mails.mails) == 10


def test_asking_for_mail_twice_is_one_destination_and_needs_an_address(
    own: Destination, sam: User, ada: User, stream: Stream, now: datetime
) -> None:
    again = receive_by_email(sam, [stream], acting_user=sam, now=now)

    assert again == own
    assert own.followings.count() == 1
    ada.email = ""
    with pytest.raises(NoAddressOfYours):
        receive_by_email(ada, [stream], acting_user=ada, now=now)


def test_nobody_has_more_destinations_than_they_can_look_after(
    sam: User, now: datetime, settings: Settings
) -> None:
    settings.DESTINATIONS_MAX = 1
    for number, refused in ((1, False), (2, True)):
        fields: dict[str, Any] = {
            "kind": DestinationKind.EMAIL,
            "name": "D",
            "address": f"d{number}@example.com",
            "acting_user": sam,
            "now": now,
        }
        if refused:
            with pytest.raises(TooManyDestinations):
                add_destination(sam, **fields)
        else:
            add_destination(sam, **fields)
