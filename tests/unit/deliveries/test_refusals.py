"""What failures of the mail server mean: for the mail, and for the server that others share."""

from __future__ import annotations

from smtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPDataError,
    SMTPRecipientsRefused,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)

import pytest
from pytest_django import Settings

from streams.deliveries.parcels import MailParcel
from streams.deliveries.senders.mails import send_mail

MAIL = MailParcel(to="sam@example.com", subject="S", text="T", html="")


def refused(code: int) -> SMTPRecipientsRefused:
    return SMTPRecipientsRefused({"sam@example.com": (code, b"no\nmore")})


@pytest.mark.parametrize(
    ("error", "status", "is_final", "blames_host"),
    [
        (refused(550), 550, True, False),
        (refused(450), 450, False, False),
        (refused(421), 421, False, True),
        (SMTPDataError(554, b"spam"), 554, True, False),
        (SMTPDataError(451, b"later"), 451, False, False),
        (SMTPDataError(421, b"closing"), 421, False, True),
        (SMTPSenderRefused(550, b"who?", "us@example.com"), 550, False, True),
        (SMTPAuthenticationError(535, b"no"), 535, False, True),
        (SMTPConnectError(-1, b"not SMTP"), None, False, True),
        (SMTPServerDisconnected("gone"), None, False, True),
        (TimeoutError("slow"), None, False, True),
        (ValueError("a header in two lines"), None, False, False),
    ],
)
def test_only_what_is_about_everybodys_mail_speaks_against_the_server(
    error: Exception,
    status: int | None,
    is_final: bool,
    blames_host: bool,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_: object) -> int:
        raise error

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)

    outcome = send_mail(MAIL)

    assert not outcome.delivered
    assert (outcome.status, outcome.is_final, outcome.blames_host) == (
        status,
        is_final,
        blames_host,
    )


def test_the_log_says_what_the_server_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> int:
        raise refused(550)

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)

    assert send_mail(MAIL).error == "The mail server did not take it: 550 no more"
