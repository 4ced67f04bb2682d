"""The house somebody acts in, for statements that are about many at once."""

from __future__ import annotations

from django.db.models import CharField, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from accounts.models import Membership


def house_of(user: str) -> Coalesce:
    """Return an expression for the slug of a user's house: empty when they belong to none.

    Parameters
    ----------
    user
        The path to the user from the rows that are asked for, such as ``destination__owner``.
    """
    of_user = Membership.objects.filter(user=OuterRef(user)).order_by("tenant__name")
    return Coalesce(
        Subquery(of_user.values("tenant__slug")[:1]), Value(""), output_field=CharField()
    )
