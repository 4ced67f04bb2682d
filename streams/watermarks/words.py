"""What a search for a leak found, as one says it."""

from __future__ import annotations

USUAL = -0.3  # every other time
READ_OUT = 6  # powers of ten up to which a probability is written out


def odds(log10_probability: float) -> str:
    """Return a probability as odds: ``1 in 4,300``, or ``1 in 10^65`` beyond a million."""
    if log10_probability > USUAL:
        return "nothing unusual"
    if log10_probability > -1:
        return f"{round(100 * 10**log10_probability)} in 100"
    if -log10_probability > READ_OUT:
        return f"1 in 10^{int(-log10_probability)}"
    return f"1 in {_rounded(10**-log10_probability):,}"


def verdict_sentence(
    verdict: str, *, accused: list[str], marked: int, needed: int, compared: int, limit: str
) -> str:
    """Return what a verdict means for whoever searched."""
    bars = f"{marked} bar{'' if marked == 1 else 's'}"
    match verdict:
        case "suspects":
            whose = "The copy of" if len(accused) == 1 else "The copies of"
            return (
                f"{whose} {' and '.join(accused)} leaked: so close an agreement of marks is no "
                "accident."
            )
        case "no_suspect":
            return (
                f"No suspect. The marks of {bars} were compared with {_subscriptions(compared)}, "
                f"and none agrees more closely than an innocent one may with a chance of {limit}."
            )
        case "too_few":
            return (
                f"Too few values. The marks of {bars} could be compared; with "
                f"{_subscriptions(compared)} it takes at least {needed} to accuse anybody."
            )
        case "exact":
            return (
                "These are exact values, without a mark. They come from somebody who sees those: "
                "the owner, a reviewer or operator, or a holder of an entitlement."
            )
        case "unmarked":
            return (
                "The numbers of this product are not marked: its outputs were published without a "
                "tolerance. Declare one in the manifest; it counts from the next version on."
            )
        case _:
            return (
                "These values do not resemble any output of this product. Look at the columns, the "
                "times and the instrument."
            )


def _subscriptions(count: int) -> str:
    return "one subscription" if count == 1 else f"{count:,} subscriptions"


def _rounded(number: float) -> int:
    # Two digits are as many as one believes.
    digits = max(0, len(str(int(number))) - 2)
    return int(round(number, -digits))
