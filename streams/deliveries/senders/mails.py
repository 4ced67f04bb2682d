"""Send one mail through the mail server that the environment names."""

from __future__ import annotations

import time

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from common.mail_answers import answer_in, speaks_against_the_server
from streams.deliveries.outcomes import Outcome
from streams.deliveries.parcels import MailParcel

PERMANENT = 500  # from here on the same mail would be refused again


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
    status, said = answer_in(error)
    blames_host = speaks_against_the_server(error)
    return Outcome(
        delivered=False,
        status=status,
        error=f"The mail server did not take it: {said}"[:300],
        latency_ms=latency_ms,
        is_final=not blames_host and status is not None and status >= PERMANENT,
        blames_host=blames_host,
    )


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
