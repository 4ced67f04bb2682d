"""Hold a script or a product still between what somebody read of it and what they change."""

from __future__ import annotations

from uuid import UUID

from registry.models import Product, Script


def lock_script(script: Script) -> None:
    """Let nobody else edit a script until the caller's transaction ends."""
    Script.objects.select_for_update(no_key=True).filter(pk=script.pk).first()


def lock_product(product_id: UUID) -> None:
    """Let nobody else edit a product until the caller's transaction ends."""
    Product.objects.select_for_update(no_key=True).filter(pk=product_id).first()
