"""Why requests of producers are refused: a closed set of reasons, each in a few words.

What is counted is named by the sender's mistake, never by anything that the sender chose, so the
table of counts cannot be grown from outside.
"""

from __future__ import annotations

OTHER = "other"
REPLAY = "replay"  # no refusal: what was answered the first time is answered again
WORDS = {
    "missing_header": "a header is missing",
    "repeated_header": "a header is given twice",
    "empty_producer_id": "the producer id is empty",
    "malformed_producer_id": "the producer id is malformed",
    "malformed_timestamp": "the timestamp is malformed",
    "malformed_signature": "the signature is no base64 of 32 bytes",
    "malformed_webhook_id": "webhook-id is malformed",
    "malformed_webhook_timestamp": "webhook-timestamp is malformed",
    "malformed_webhook_signature": "webhook-signature is malformed",
    "invalid_signature": "the signature does not match",
    "unknown_producer": "there is no such producer",
    "producer_disabled": "the producer is switched off",
    "wrong_door": "sent to the address of another dialect",
    "network_not_allowed": "sent from a network that is not allowed",
    "clock_skew": "the clock is off",
    "token_missing": "the token is missing in the body",
    "token_unreadable": "no token can be read: the body is not JSON",
    "wrong_token": "the token is wrong",
    "body_too_large": "the body is too large",
    "body_unreadable": "the body ended too early",
    "unsupported_media_type": "the media type is not JSON",
    "body_not_json": "the body is not strict JSON",
    "invalid_signal": "a field is wrong",
    "payload_too_large": "the payload is too large",
    "too_many_signals": "too many signals in one minute",
    "body_too_slow": "the body did not arrive in time",
    "producer_changed": "the producer was changed at that moment",
    "signal_not_stored": "our fault: the database was away",
    "secret_undecryptable": "our fault: the secret cannot be decrypted",
    REPLAY: "sent again: answered as the first time",
    OTHER: "another reason",
}


def known_reason(code: str) -> str:
    """Return a reason as it is counted."""
    return code if code in WORDS else OTHER


def in_words(reason: str) -> str:
    """Return a reason in a few words."""
    return WORDS.get(reason, WORDS[OTHER])
