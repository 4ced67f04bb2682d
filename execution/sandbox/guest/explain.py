"""What is said of an attribute a script may not use, and what to write instead."""

import difflib
from collections.abc import Iterable

from execution.sandbox.guest.transformer import is_magic, quote
from execution.sandbox.policy import messages

_LONGEST_FAMILY = 40


def instead_of_attribute(name: str) -> str | None:
    """Return what to write instead of an attribute, if there is something to say."""
    if name in messages.ATTRIBUTES:
        return messages.ATTRIBUTES[name]
    for beginning, instead in messages.ATTRIBUTE_FAMILIES.items():
        if name.startswith(beginning):
            return instead
    return None


def similar(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that was probably meant."""
    if len(name) > _LONGEST_FAMILY:
        return None
    found = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.7)
    return found[0] if found else None


def explain_attribute(owner: str, name: str, known: Iterable[str]) -> str:
    """Return the sentence of a refusal."""
    if is_magic(name):
        return f"{owner}.{quote(name)}: attributes may not begin with two underscores"
    if name.startswith("_"):
        return (
            f"{owner}.{quote(name)}: attributes of others may not begin with an underscore; "
            "only a script's own may"
        )
    refusal = f"{owner} has no {quote(name)!r} that a script may use"
    instead = instead_of_attribute(name)
    if instead is not None:
        return f"{refusal}; {instead}"
    meant = similar(name, known)
    return refusal if meant is None else f"{refusal}; did you mean {meant!r}?"


def explain_import(name: str, modules: Iterable[str]) -> str:
    """Return the sentence of a refused import."""
    refusal = f"import {quote(name)} is not available"
    instead = messages.MODULES.get(name.partition(".")[0])
    if instead is not None:
        return f"{refusal}; {instead}"
    meant = similar(name, modules)
    if meant is not None:
        return f"{refusal}; did you mean {meant!r}?"
    return f"{refusal}; a script imports math, statistics, datetime, json, numpy, pandas, …"
