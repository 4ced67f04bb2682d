"""What a mail server means by a failure: it is in trouble, or this one mail is refused."""

from __future__ import annotations

from collections.abc import Iterable
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPResponseException

CLOSING = 421  # the server goes away, whatever it was asked
# The address, what was to be sent, or a header that cannot be written: others' mails go well.
ABOUT_THE_MAIL = (SMTPRecipientsRefused, SMTPDataError, ValueError)


def speaks_against_the_server(error: Exception) -> bool:
    """Tell whether a failure says something of the server, which all mails share."""
    status, _ = answer_in(error)
    return status == CLOSING or not isinstance(error, ABOUT_THE_MAIL)


def answer_in(error: Exception) -> tuple[int | None, str]:
    """Return what the server answered, in its code and its words; None: it did not answer.

    Of several recipients it is what was said of the first.
    """
    answers: Iterable[tuple[int, bytes | str]] = ()
    if isinstance(error, SMTPRecipientsRefused):
        answers = error.recipients.values()
    elif isinstance(error, SMTPResponseException):
        answers = [(error.smtp_code, error.smtp_error)]
    for code, words in answers:
        text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
        if code > 0:  # what cannot be read as an answer has a code below
            return code, f"{code} {' '.join(text.split())}"
    return None, str(error) or type(error).__name__
