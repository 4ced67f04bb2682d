"""Send one mail through the mail server that the environment names."""

from __future__ import annotations

import time
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from streams.deliveries.outcomes import Outcome
from streams.deliveries.parcels import MailParcel


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
    except (OSError, SMTPException, ValueError) as error:
        return Outcome(
            delivered=False,
            status=_status_of(error),
            error=f"The mail server did not take it: {error}"[:300],
            latency_ms=_since(began),
        )
    return Outcome(delivered=True, status=250, latency_ms=_since(began))


def _status_of(error: Exception) -> int | None:
    if isinstance(error, SMTPRecipientsRefused):
        # An address that is refused says nothing of the server, which all the others share.
        return min(status for status, _ in error.recipients.values()) if error.recipients else None
    return error.smtp_code if isinstance(error, SMTPResponseException) else None


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
