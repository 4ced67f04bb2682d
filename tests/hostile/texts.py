"""What somebody who means harm would write into a field, and every field that it goes into."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

OWN_APPS = frozenset("accounts registry execution streams gateway ingest market signalhub".split())
TextOf = Callable[[models.Model, models.Field[Any, Any]], str | None]
# Each runs, draws or hides something where text is taken for markup, script, style or template.
PAYLOADS = (
    "<script>hostileRan=1</script><b data-hostile>x",
    '"><img src=x onerror=hostileRan=1 data-hostile>',
    "'-hostileRan=1-'</textarea><i data-hostile>",
    "{{7*7}}{% now 'Y' %}<s data-hostile>${7*7}",
    "</script><svg data-hostile onload=hostileRan=1>",
    "javascript:hostileRan=1//<a data-hostile>",
    "<style data-hostile>*{display:none}</style>",
    "\u202egnp.exe\u2066\u200f\u200b<u data-hostile>",
    "\x07\x1b[31m\x7f<!--<p data-hostile>-->",
    "</title></pre></td><h1 data-hostile>]]>",
)
LONG_WORD = "W" * 300
# What the platform itself computes or parses, and no person writes: keys, hashes, states, marks.
STRUCTURAL_NAMES = frozenset(
    "chain event object_type object_id digest slug epoch version pinned_version min_version "
    "max_version object_key timeframe instrument_key key signal_name currency timezone password "
    "headers body secret_encrypted previous_secret_encrypted producer_id source manifest "
    "worst_level schedule target action urgency "
    "scopes refresh_jti session_data "
    "idempotency_key instrument instruments usage limits exit typed sha256".split()
)
# A constraint lets these stand in some rows only.
BOUND = frozenset({"suspension_reason", "machine", "external_id"})
# What triggers copy from other rows, and what is counted under codes of our own.
FOLLOWING = frozenset({"accounts.PastRow", "ingest.ProducerFailure"})
STRUCTURAL_ENDINGS = ("_sha256", "_hash")
# Words inside stored reports that code compares with its own.
STRUCTURAL_KEYS = frozenset(
    "verdict how level category rule side timeframe from to bar timestamp instrument trial_id "
    "hashes kind code status".split()
)


def poison_everything() -> set[str]:
    """Write hostile text into every field of every row that holds people's words; say which."""
    payloads = cycle(PAYLOADS)
    return write_everywhere(lambda _row, _field: next(payloads), filler=LONG_WORD)


def write_everywhere(text_of: TextOf, *, filler: str = "") -> set[str]:
    """Write into every field that holds people's words what is given for its row; say which.

    ``text_of`` may return None: that row's field stays. ``filler`` fills what room there is.
    """
    written = set()
    with transaction.atomic(), connection.cursor() as cursor:
        # What a caller's transaction has left to be checked would hold the tables.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        # As its owner can: what was published or recorded is otherwise fixed by triggers.
        tables = {model._meta.db_table for model, _ in fields_of_people()}
        for table in tables:
            cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
        for model, field in fields_of_people():
            stands = {} if field.name not in BOUND else {f"{field.name}__gt": ""}
            for row in model._default_manager.filter(**stands):
                text = text_of(row, field)
                if text is None:
                    continue
                value = _replaced(field, getattr(row, field.name), text, row.pk, filler)
                rows = model._default_manager.filter(pk=row.pk)
                rows.update(**{field.name: value})
                written.add(f"{model._meta.label}.{field.name}")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
    return written


def fields_of_people() -> Iterator[tuple[type[models.Model], models.Field[Any, Any]]]:
    """Yield every field of our own models that holds what people or their programs write."""
    for model in apps.get_models():
        if (
            model._meta.app_label in OWN_APPS
            and model._meta.managed
            and model._meta.label not in FOLLOWING
        ):
            for field in model._meta.concrete_fields:
                if _is_of_people(field):
                    yield model, field


def _is_of_people(field: models.Field[Any, Any]) -> bool:
    return (
        isinstance(field, (models.CharField, models.TextField, models.JSONField))
        and not field.choices
        and not field.primary_key
        and field.name not in STRUCTURAL_NAMES
        and not field.name.endswith(STRUCTURAL_ENDINGS)
    )


def _replaced(field: models.Field[Any, Any], value: Any, payload: str, pk: Any, filler: str) -> Any:
    if isinstance(field, models.JSONField):
        return _hostile_json(value, payload)
    if field.null and value is None:
        return None
    text = f"{payload} {pk}" if field.unique else payload
    room = field.max_length or len(text) + len(filler)
    return (text + filler)[:room] if room > len(text) + 200 else text[:room]


def _hostile_json(value: Any, payload: str) -> Any:
    if isinstance(value, str):
        return payload
    if isinstance(value, list):
        return [_hostile_json(item, payload) for item in value]
    if isinstance(value, dict):
        return {
            key: item if key in STRUCTURAL_KEYS else _hostile_json(item, payload)
            for key, item in value.items()
        }
    return value
