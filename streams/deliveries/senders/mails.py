"""Send one mail through the mail server that the environment names."""

from __future__ import annotations

import time
from collections.abc import Iterable
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPResponseException

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from streams.deliveries.outcomes import Outcome
from streams.deliveries.parcels import MailParcel

PERMANENT = 500  # from here on the same mail would be refused again
CLOSING = 421  # the server goes away, whatever it was asked
# The address, what was to be sent, or a header that cannot be written: others' mails go well.
ABOUT_THE_MAIL = (SMTPRecipientsRefused, SMTPDataError, ValueError)


def send_mail(parcel: MailParcel) -> Outcome:
    """Send it once and return what came of it; it waits, so it belongs into a thread."""
    began = time.monotonic()
    mail = EmailMultiAlternatives(
        subject=parcel.subject,
        body=parcel.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[parcel.to],
        headers=dict(parcel.headers),
    )
    if parcel.html:
        mail.attach_alternative(parcel.html, "text/html")
    try:
        mail.send()
    except (OSError, ValueError) as error:  # what smtplib raises is an OSError
        return _failed(error, latency_ms=_since(began))
    return Outcome(delivered=True, status=250, latency_ms=_since(began))


def _failed(error: Exception, *, latency_ms: int) -> Outcome:
    """Return what a failure means for this mail, and for the server, which all others share."""
    status, said = _answer_in(error)
    is_about_the_mail = isinstance(error, ABOUT_THE_MAIL) and status != CLOSING
    return Outcome(
        delivered=False,
        status=status,
        error=f"The mail server did not take it: {said}"[:300],
        latency_ms=latency_ms,
        is_final=is_about_the_mail and status is not None and status >= PERMANENT,
        blames_host=not is_about_the_mail,
    )


def _answer_in(error: Exception) -> tuple[int | None, str]:
    """Return what the server answered, in its code and its words; None: it did not answer."""
    answers: Iterable[tuple[int, bytes | str]] = ()
    if isinstance(error, SMTPRecipientsRefused):
        answers = error.recipients.values()
    elif isinstance(error, SMTPResponseException):
        answers = [(error.smtp_code, error.smtp_error)]
    for code, words in answers:  # there is one: each mail has one recipient
        text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
        if code > 0:  # what cannot be read as an answer has a code below
            return code, f"{code} {' '.join(text.split())}"
    return None, str(error) or type(error).__name__


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
