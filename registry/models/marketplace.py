"""What is offered to everybody: products, who subscribed to them, and the tokens of their use."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from registry.models.scripts import DESCRIPTION_MAX_LENGTH, NAME_MAX_LENGTH

SIGNAL_NAME_MAX_LENGTH = 60
PURPOSE_MAX_LENGTH = 20
TOKEN_LIFE_AT_MOST = timedelta(minutes=5)


class TokenPurpose(models.TextChoices):
    """What a token is leave for: to run the product once, or to follow its streams."""

    EXECUTE = "execute", "run it once"
    STREAM = "stream", "follow its streams"


class UsePurpose(models.TextChoices):
    """What is counted as a use."""

    EXECUTE = "execute", "runs"
    STREAM = "stream", "stream subscriptions"
    EXCHANGE = "exchange", "fetches by another platform"


class ProductQuerySet(models.QuerySet["Product"]):
    def named(self, name: str) -> ProductQuerySet:
        """Keep what goes by a name: its own id, or what the marketplace calls it it comes from."""
        named = Q(external_id=name) & ~Q(external_id="")
        try:
            return self.filter(named | Q(pk=uuid.UUID(name)))
        except ValueError:
            return self.filter(named)


class Product(models.Model):
    """A published script as it is offered beyond its own tenant."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    script = models.ForeignKey("registry.Script", on_delete=models.PROTECT, related_name="products")
    name = models.CharField(max_length=NAME_MAX_LENGTH)
    description = models.TextField(blank=True, max_length=DESCRIPTION_MAX_LENGTH)
    signal_name = models.CharField(
        max_length=SIGNAL_NAME_MAX_LENGTH, help_text="What its streams call the signal."
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()
    listed_at = models.DateTimeField(null=True, blank=True, help_text="Since when it is offered.")
    retired_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when nobody new can subscribe."
    )

    external_id = models.CharField(
        max_length=80, blank=True, help_text="What the marketplace calls it that it comes from."
    )

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["script", "signal_name"], name="one_product_per_signal_name"
            ),
            models.UniqueConstraint(
                fields=["external_id"],
                condition=~Q(external_id=""),
                name="one_product_per_external_id",
            ),
            models.CheckConstraint(
                condition=Q(external_id="") | Q(listed_at=None),
                name="what_others_offer_is_not_listed_here",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        """Return the id that stream keys and replies know it by."""
        return self.external_id or str(self.pk)

    @property
    def is_offered(self) -> bool:
        """Tell whether somebody new can subscribe."""
        return self.listed_at is not None and self.retired_at is None

    @property
    def repaints(self) -> bool:
        """Tell whether its reviewer labelled what runs: later bars change what it put out."""
        version = self.script.current_version
        return version is not None and version.repaints


class ProductSubscriptionQuerySet(models.QuerySet["ProductSubscription"]):
    def in_force(self, *, at: datetime) -> ProductSubscriptionQuerySet:
        """Keep those that hold at an instant: the start is inclusive, the end exclusive."""
        return self.filter(
            Q(ends_at=None) | Q(ends_at__gt=at), starts_at__lte=at, cancelled_at=None
        )


class ProductSubscription(models.Model):
    """One user's right to a product."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="subscriptions")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="product_subscriptions"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    external_id = models.CharField(
        max_length=80, blank=True, help_text="What another marketplace calls it."
    )
    created_at = models.DateTimeField()

    objects = ProductSubscriptionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["product", "user"],
                condition=Q(cancelled_at=None),
                name="one_standing_subscription_each",
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="product_subscriptions_end_after_they_start",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at=None, cancelled_by=None)
                | Q(cancelled_at__isnull=False, cancelled_by__isnull=False),
                name="cancellations_have_an_actor",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} to {self.product}"


class ExecutionToken(models.Model):
    """Leave to run a product once, soon: only its hash is kept."""

    token_sha256 = models.CharField(max_length=64, primary_key=True)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    subscription = models.ForeignKey(
        ProductSubscription, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    purpose = models.CharField(max_length=PURPOSE_MAX_LENGTH, choices=TokenPurpose.choices)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("issued_at")), name="tokens_end_after_they_start"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__lte=F("issued_at") + TOKEN_LIFE_AT_MOST),
                name="tokens_end_soon",
            ),
            models.CheckConstraint(
                condition=Q(purpose__in=TokenPurpose.values), name="token_purpose_is_known"
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="token_expiry")]

    def __str__(self) -> str:
        return f"{self.purpose} of {self.product} for {self.user}"


class ProductUsage(models.Model):
    """How often a product was used on one day."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="usage")
    subscription = models.ForeignKey(
        ProductSubscription, on_delete=models.CASCADE, related_name="usage"
    )
    day = models.DateField(help_text="In UTC.")
    purpose = models.CharField(max_length=PURPOSE_MAX_LENGTH, choices=UsePurpose.choices)
    count = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["-day", "product"]
        constraints = [
            models.UniqueConstraint(
                fields=["product", "subscription", "day", "purpose"], name="one_usage_count_each"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.count} uses ({self.purpose}) of {self.product} on {self.day}"


class RemoteImport(models.Model):
    """A version that came from another marketplace: whence, and which bytes those were."""

    version = models.OneToOneField(
        "registry.ScriptVersion", on_delete=models.PROTECT, related_name="remote_import"
    )
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="imports")
    remote_version = models.CharField(max_length=40)
    source_sha256 = models.CharField(max_length=64)
    metadata = models.JSONField()
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    imported_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["product", "source_sha256"], name="one_import_of_the_same_bytes"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product.external_id} {self.remote_version}"
