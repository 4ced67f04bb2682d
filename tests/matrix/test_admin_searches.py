"""What the lists of the admin can be asked: their searches, filters and completions.

Nobody may learn from them what a page would not show. So everybody asks for what the other house
wrote, and is answered as if nobody had. A new admin class, filter or column is asked by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest
from django.contrib import admin
from django.db import models
from django.test import RequestFactory
from django.urls import reverse

from tests.matrix.asking import PASSED, Answer, Asking, Request, forbidden_words, words_shown
from tests.matrix.houses import SHARED, Houses
from tests.matrix.things import NOBODYS, NOBODYS_NUMBER, admin_models

pytestmark = pytest.mark.django_db

STAFF = ("outsider", "subscriber", "author", "reviewer", "operator", "administrator")
NOBODY_WROTE = "nbdy7wrote"
OF_LIBRARIES = ("auth", "django_q")  # superusers alone see them, who see everything


class Comparing(Asking):
    """Asks for what nobody wrote once, and compares with that answer."""

    def __init__(self, houses: Houses) -> None:
        super().__init__(houses)
        self._answers: dict[tuple[str, ...], Answer] = {}

    def once(self, named: tuple[str, ...], ask: Callable[[], Answer]) -> Answer:
        """Return the answer that was given before, or ask."""
        if named not in self._answers:
            self._answers[named] = ask()
        return self._answers[named]


@pytest.fixture
def asking(houses: Houses) -> Comparing:
    return Comparing(houses)


def test_a_search_for_what_another_house_wrote_finds_nothing(asking: Comparing) -> None:
    objections: list[str] = []
    asked = 0
    for model in searched_models():
        for who in _admitted(asking, model):
            for term in _words(model, who):
                asked += 1
                objections += _told_apart(asking, who, _list(model), {"q": term})

    assert asked > 50
    assert not objections, "\n".join(objections)


def test_what_another_house_wrote_is_there_to_be_found(asking: Comparing) -> None:
    found = {
        model._meta.label
        for model in searched_models()
        for term in _words(model, "operator")[:1]
        if list(_told_apart(asking, "superuser", _list(model), {"q": term}))
    }

    assert found >= {
        "registry.Script",
        "registry.ScriptVersion",
        "registry.Entitlement",
        "execution.Execution",
        "streams.Destination",
    }


def test_the_filters_of_a_list_offer_nothing_of_another_house(asking: Comparing) -> None:
    objections: list[str] = []
    for model in own_models():
        for who in _admitted(asking, model):
            where = f"{model._meta.label} as {who}"
            answer = asking.ask(who, Request("GET", f"{_list(model)}?_facets=True"))
            objections += words_shown(where, answer, forbidden_words(who))

    assert not objections, "\n".join(objections)


def test_a_filter_by_what_is_of_another_house_is_answered_as_one_by_nothing(
    asking: Comparing,
) -> None:
    objections: list[str] = []
    asked = 0
    for model in own_models():
        for who in _admitted(asking, model):
            for asked_for in _filterings(asking.houses, model, who):
                asked += 1
                objections += _told_apart(asking, who, _list(model), asked_for)

    assert asked > 30
    assert not objections, "\n".join(objections)


def test_a_list_is_narrowed_by_nothing_that_it_does_not_offer(asking: Comparing) -> None:
    objections = []
    refused = 0
    for model in own_models():
        offered = {path.partition("__")[0] for path in _filtered_paths(model)}
        offered |= {str(one.parameter_name) for one in _own_filters(model)}
        who = _admitted(asking, model, "superuser", "operator")[0]
        for field in _columns(model):
            lookup = f"{field.name}__isnull"
            if {field.name, field.attname} & {*offered, *_linked(model)}:
                continue
            answer = asking.ask(who, Request("GET", f"{_list(model)}?{lookup}=True"))
            refused += answer.status == 400
            if answer.status != 400:
                objections.append(f"{model._meta.label}: {lookup} is compared: {answer.status}")

    assert refused > 100
    assert not objections, "\n".join(objections)


def test_completions_tell_nothing_of_another_house(asking: Comparing) -> None:
    objections: list[str] = []
    asked = 0
    address = reverse("admin:autocomplete")
    for model, field in completed_fields():
        remote = field.remote_field.model
        named = {
            "app_label": model._meta.app_label,
            "model_name": model._meta.model_name,
            "field_name": field.name,
        }
        for who in STAFF:
            everything = asking.ask(who, Request("GET", f"{address}?{urlencode(named)}"))
            where = f"completions of {model._meta.label}.{field.name} as {who}"
            objections += words_shown(where, everything, forbidden_words(who))
            if everything.outcome != PASSED:
                continue
            for term in _words(remote, who):
                asked += 1
                objections += _told_apart(asking, who, address, {**named, "term": term})

    assert asked > 20
    assert not objections, "\n".join(objections)


@cache
def own_models() -> tuple[type[models.Model], ...]:
    return tuple(model for model in admin_models() if model._meta.app_label not in OF_LIBRARIES)


def searched_models() -> list[type[models.Model]]:
    return [model for model in own_models() if _admin(model).search_fields]


def completed_fields() -> list[tuple[type[models.Model], Any]]:
    """Return every relation of a row in the admin to one that can be searched: Django completes it.

    Whether a form asks for it or not.
    """
    searched = set(searched_models())
    return [
        (model, field)
        for model in own_models()
        for field in model._meta.concrete_fields
        if field.remote_field is not None and field.remote_field.model in searched
    ]


def _admin(model: type[models.Model]) -> Any:
    return admin.site._registry[model]


def _list(model: type[models.Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def _admitted(asking: Comparing, model: type[models.Model], *people: str) -> list[str]:
    """Return who is shown the list at all."""
    request = RequestFactory().get(_list(model))
    known = {who: asking.houses.people[who] for who in people or STAFF}
    admitted = []
    for who, user in known.items():
        request.user = user  # type: ignore[assignment]
        if _admin(model).has_view_or_change_permission(request):
            admitted.append(who)
    return admitted


def _filtered_paths(model: type[models.Model]) -> list[str]:
    paths = [one[0] if isinstance(one, tuple) else one for one in _admin(model).list_filter]
    return [path for path in paths if isinstance(path, str)]


def _own_filters(model: type[models.Model]) -> list[type[admin.SimpleListFilter]]:
    filters = _admin(model).list_filter
    return [
        one for one in filters if isinstance(one, type) and issubclass(one, admin.SimpleListFilter)
    ]


def _columns(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    """Return the columns that the list of a row does not show: where secrets are."""
    shown = set(_admin(model).list_display)
    return [field for field in model._meta.concrete_fields if field.name not in shown]


def _linked(model: type[models.Model]) -> set[str]:
    own = _admin(model)
    return {*own.linked_lookups, *([own.date_hierarchy] if own.date_hierarchy else [])}


def _words(model: type[models.Model], who: str) -> list[str]:
    """Return what the other house wrote where a search looks; all of it where that is asked."""
    foreign = forbidden_words(who)[0]
    words = []
    for name in _admin(model).search_fields:
        path = name.lstrip("=^@")
        texts = model._default_manager.filter(**{f"{path}__startswith": foreign})
        text = texts.order_by("pk").values_list(path, flat=True).first()
        if text is not None:
            words.append(text if name.startswith("=") else foreign)
    return list(dict.fromkeys(words))


def _filterings(houses: Houses, model: type[models.Model], who: str) -> Iterator[dict[str, str]]:
    """Yield what a list can be narrowed to: each filter, by a row or a word of the other house."""
    whose = "own" if who == "outsider" else "foreign"
    for path in _filtered_paths(model):
        field = _last_field(model, path)
        if field.remote_field is not None and field.remote_field.model not in SHARED:
            options = field.remote_field.model._meta
            named = f"{options.app_label}_{options.model_name}_id"
            if named in houses.things[whose]:
                yield {f"{path}__id__exact": str(houses.things[whose][named])}
        elif field.get_internal_type() in ("CharField", "TextField"):
            yield {f"{path}__startswith": forbidden_words(who)[0]}
    for one in _own_filters(model):
        yield {str(one.parameter_name): forbidden_words(who)[0]}
        yield {str(one.parameter_name): str(houses.things[whose]["script_id"])}


def _last_field(model: type[models.Model], path: str) -> Any:
    field: Any = None
    for part in path.split("__"):
        field = model._meta.get_field(part)
        model = field.remote_field.model if field.remote_field is not None else model
    return field


def _told_apart(
    asking: Comparing, who: str, address: str, asked_for: dict[str, str]
) -> Iterator[str]:
    """Yield an objection when the last of what is asked for makes a difference."""
    name, value = list(asked_for.items())[-1]
    answer = _answer(asking, who, address, asked_for)
    other = asking.once(
        (who, address, *asked_for, _nobodys(value)),
        lambda: _answer(asking, who, address, {**asked_for, name: _nobodys(value)}),
    )
    if answer.likeness != other.likeness:
        yield f"{address} {asked_for} as {who}: {_difference(answer, other)}"


def _answer(asking: Comparing, who: str, address: str, asked_for: dict[str, str]) -> Answer:
    answer = asking.ask(who, Request("GET", f"{address}?{urlencode(asked_for)}"))
    return _without(answer, list(asked_for.values())[-1])


def _nobodys(value: str) -> str:
    if value.isdigit():
        return str(NOBODYS_NUMBER)
    return str(NOBODYS) if value.count("-") == 4 else NOBODY_WROTE


def _without(answer: Answer, term: str) -> Answer:
    return replace(
        answer,
        text=_masked(answer.text, term),
        headers={name: _masked(text, term) for name, text in answer.headers.items()},
    )


def _masked(text: str, term: str) -> str:
    if term.isdigit():
        return text  # a likeness has no numbers, and a single digit is everywhere
    for written in (term, quote_plus(term)):
        text = text.replace(written, "#")
    return text


def _difference(one: Answer, other: Answer) -> str:
    lines = set(str(other.likeness[2]).splitlines())
    more = [line.strip() for line in str(one.likeness[2]).splitlines() if line not in lines]
    return f"{one.status}, {other.status}: {more[:5]}"
