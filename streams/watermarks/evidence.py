"""How surprising it would be that an innocent subscription's marks agree with a leak.

The null hypothesis: the leak was made without this subscription's outputs. Its signs are then
independent of everything in the leak, because nobody can foretell a keyed hash. So, whatever was
leaked and however it was disguised, the score is a sum of fixed weights under random signs, and
Chernoff's inequality bounds its tail. The p-values are upper bounds: they accuse too rarely, never
too often.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from streams.watermarks.embedding import SIGNS_PER_BLOCK, Place, sign_message

Floats = npt.NDArray[np.float64]
Cells = npt.NDArray[np.int64]
SUBSCRIPTIONS_AT_ONCE = 256
TILTS = 96  # points at which Chernoff's bound is evaluated; each gives a valid bound


def log_p_values(scores: Floats, weights: Floats) -> Floats:
    """Return the natural logarithms of upper bounds for ``P(sum of ±weights >= score)``.

    Parameters
    ----------
    scores
        Sums of the weights with each subscription's signs; shape ``(subscriptions,)``.
    weights
        Shape ``(cells,)``; not all zero.
    """
    size = np.abs(weights)
    tilts = np.geomspace(0.05 / np.sqrt(np.sum(size**2)), 20 / np.median(size[size > 0]), TILTS)
    tilted = np.outer(tilts, size)
    # log cosh without overflow
    cumulants = np.sum(tilted + np.log1p(np.exp(-2 * tilted)) - np.log(2), axis=1)
    bounds = cumulants[:, None] - np.outer(tilts, scores)
    lowest: Floats = np.minimum(np.min(bounds, axis=0), 0.0)
    return lowest


def values_needed(subscriptions: int, probability: float) -> int:
    """Return how many marked values at least can accuse one of some subscriptions.

    Signs that agree everywhere have the probability ``2 ** -n``.
    """
    return int(np.ceil(np.log2(max(1, subscriptions) / probability)))


def sign_matrix(
    keys: Sequence[bytes], place: Place, field: str, cells: Cells
) -> npt.NDArray[np.int8]:
    """Return the signs of subscriptions at cells; shape ``(subscriptions, cells)``."""
    blocks, position = np.unique(cells // SIGNS_PER_BLOCK, return_inverse=True)
    bits = position * SIGNS_PER_BLOCK + cells % SIGNS_PER_BLOCK
    signs = np.empty((len(keys), len(cells)), dtype=np.int8)
    messages = [sign_message(place, field, int(block)) for block in blocks]
    for row, key in enumerate(keys):
        packed = b"".join(hmac.digest(key, message, "sha256") for message in messages)
        unpacked = np.unpackbits(np.frombuffer(packed, dtype=np.uint8), bitorder="little")
        signs[row] = unpacked[bits]
    return signs * np.int8(2) - np.int8(1)


def score(
    keys: Sequence[bytes], place: Place, fields: Sequence[tuple[str, Cells, Floats]]
) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return each subscription's score, and with how many of the weights its signs agree."""
    scores, agreements = np.zeros(len(keys)), np.zeros(len(keys), dtype=np.int64)
    for start in range(0, len(keys), SUBSCRIPTIONS_AT_ONCE):
        part = slice(start, start + SUBSCRIPTIONS_AT_ONCE)
        for field, cells, weights in fields:
            signs = sign_matrix(keys[part], place, field, cells)
            scores[part] += signs @ weights
            agreements[part] += np.sum(signs * np.sign(weights) > 0, axis=1)
    return scores, agreements
