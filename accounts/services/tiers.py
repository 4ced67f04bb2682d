"""Change what a tier allows, and who is of which tier: every house's limits rest on them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.forms.models import model_to_dict

from accounts import audit
from accounts.models import Tier, User
from accounts.platform import require_platform_operator


@transaction.atomic
def save_tier(tier: Tier, *, acting_user: User, now: datetime) -> Tier:
    """Store a new or changed tier, with its numbers before and after in the platform's trail.

    Raises
    ------
    PlatformOperatorRequired
        The acting user operates one house at most, and tiers are every house's.
    ValidationError
        A number is too small, or goes beyond the platform's own limit.
    """
    require_platform_operator(acting_user)
    stored = Tier.objects.select_for_update().filter(pk=tier.pk).first()
    tier.full_clean(validate_unique=stored is None)
    tier.save(force_insert=stored is None, force_update=stored is not None)
    audit.record(
        "tier_changed" if stored else "tier_added",
        tier,
        chain=audit.PLATFORM_CHAIN,
        acting_user=acting_user,
        now=now,
        before=model_to_dict(stored) if stored else {},
        after=model_to_dict(tier),
    )
    return tier


@transaction.atomic
def change_tier(user: User, tier: Tier, *, acting_user: User, now: datetime) -> User:
    """Move a user to another tier; what it allows and which scripts it opens changes at once.

    Raises
    ------
    PlatformOperatorRequired
        The acting user operates one house at most, and tiers are every house's.
    """
    require_platform_operator(acting_user)
    stored = User.objects.select_for_update().get(pk=user.pk)
    before, stored.tier = stored.tier_id, tier
    if before == tier.pk:
        return stored
    stored.save(update_fields=["tier"])
    audit.record(
        "user_tier_changed",
        stored,
        chain=audit.chain_of(stored),
        acting_user=acting_user,
        now=now,
        before={"user": stored.username, "tier": before},
        after={"user": stored.username, "tier": tier.pk},
    )
    return stored
