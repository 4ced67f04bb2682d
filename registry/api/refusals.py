"""What each request to the registry can be refused with, for the API's document."""

from __future__ import annotations

from accounts.principals import NoTenant, RoleRequired
from common.http.openapi import Leaf
from registry import (
    access,
    checklist,
    dependency_graph,
    lifecycle,
    manifest,
    product_access,
    queries,
    readiness,
    semver,
    storage,
    texts,
    version_choice,
)
from registry.api.internal_key import InternalKeyRequired
from registry.execution_tokens import ExecutionTokenNotValid
from registry.marketplace import client, transport
from registry.services import (
    approval,
    dependencies,
    drafts,
    entitlements,
    evidence_gate,
    execution_tokens,
    grantees,
    policies,
    product_subscriptions,
    products,
    publishing,
    remote_products,
    review,
)


class NothingAtHand(queries.NoSuchVersion):
    """This script has no version on its way to publication."""

    code = "nothing_at_hand"


NAMING: tuple[Leaf, ...] = (access.NoSuchScript, access.NotEntitled)
WRITING: tuple[Leaf, ...] = (
    NoTenant,
    texts.InvalidText,
    texts.SourceTooLarge,
    manifest.InvalidManifest,
    semver.NotASemanticVersion,
    drafts.NameTaken,
)
CREATING: tuple[Leaf, ...] = (*WRITING, RoleRequired)
EDITING: tuple[Leaf, ...] = (
    *WRITING,
    *NAMING,
    drafts.NotTheAuthor,
    drafts.VersionNotGreater,
    lifecycle.NotEditable,
    queries.NoSuchVersion,
)
STEPPING: tuple[Leaf, ...] = (
    NoTenant,
    *NAMING,
    NothingAtHand,
    texts.InvalidText,
)
SUBMITTING: tuple[Leaf, ...] = (
    *STEPPING,
    drafts.NotTheAuthor,
    lifecycle.NotSubmittable,
    review.ReleaseNoteRequired,
    readiness.NotReadyForReview,
    dependencies.NoSuchDependency,
    access.DependencyNotAccessible,
    dependency_graph.DependencyCycle,
)
REVIEWING: tuple[Leaf, ...] = (
    *STEPPING,
    RoleRequired,
    lifecycle.NotUnderReview,
    review.ReviewerIsAuthor,
)
APPROVING: tuple[Leaf, ...] = (
    *REVIEWING,
    review.SourceChanged,
    approval.NoteRequiredForFindings,
    approval.NoteRequiredForDoubt,
    evidence_gate.EvidenceMissing,
    evidence_gate.LooksAhead,
    checklist.ChecklistIncomplete,
)
PUBLISHING: tuple[Leaf, ...] = (
    *STEPPING,
    drafts.NotTheAuthor,
    queries.NoSuchVersion,
    lifecycle.NotApproved,
    publishing.AlreadyPublished,
    review.SourceChanged,
    evidence_gate.EvidenceMissing,
    evidence_gate.LooksAhead,
    dependencies.NoSuchDependency,
    access.DependencyNotAccessible,
    dependency_graph.DependencyCycle,
    queries.SourceMismatch,
    manifest.MalformedMeta,
    storage.AlreadyStored,
    storage.ObjectMissing,
    storage.ObjectDamaged,
    storage.ObjectStoreDown,
)
OWNING: tuple[Leaf, ...] = (
    NoTenant,
    access.NoSuchScript,
    access.NotEntitled,
    drafts.NotTheAuthor,
)
SETTING_THE_POLICY: tuple[Leaf, ...] = (
    *OWNING,
    version_choice.InvalidVersionPolicy,
    texts.InvalidText,
)
ROLLING_BACK: tuple[Leaf, ...] = (
    *OWNING,
    texts.InvalidText,
    queries.NoSuchVersion,
    queries.VersionWithdrawn,
    queries.VersionSuspended,
    policies.RunsAlready,
)
PUBLISHING_BY_POLICY: tuple[Leaf, ...] = (
    *PUBLISHING,
    access.NotEntitled,
    publishing.BreakingChangesNeedAMajorVersion,
)
GRANTING: tuple[Leaf, ...] = (
    NoTenant,
    *NAMING,
    texts.InvalidText,
    entitlements.MayNotGrant,
    grantees.NoGrantee,
    grantees.NoSuchMember,
    grantees.NoSuchTeam,
    grantees.NoSuchOrganisation,
    entitlements.AlreadyEntitled,
    entitlements.EndsBeforeItStarts,
)
REVOKING: tuple[Leaf, ...] = (
    NoTenant,
    *NAMING,
    entitlements.MayNotGrant,
    grantees.NoEntitlement,
)
NAMING_PRODUCT: tuple[Leaf, ...] = (product_access.NoSuchProduct,)
MANAGING_PRODUCT: tuple[Leaf, ...] = (*NAMING_PRODUCT, NoTenant, product_access.NotYourProduct)
CREATING_PRODUCT: tuple[Leaf, ...] = (
    NoTenant,
    *NAMING,
    queries.NoPublishedVersion,
    queries.VersionSuspended,
    texts.InvalidText,
    products.MayNotOffer,
    products.InvalidSignalName,
    products.SignalNameTaken,
)
EDITING_PRODUCT: tuple[Leaf, ...] = (
    *MANAGING_PRODUCT,
    products.MayNotOffer,
    texts.InvalidText,
    products.ProductRetired,
)
LISTING_PRODUCT: tuple[Leaf, ...] = (
    *MANAGING_PRODUCT,
    products.MayNotOffer,
    queries.NoPublishedVersion,
    queries.VersionSuspended,
    products.AlreadyListed,
    products.ProductRetired,
)
RETIRING_PRODUCT: tuple[Leaf, ...] = (
    *MANAGING_PRODUCT,
    texts.InvalidText,
    products.MayNotRetire,
    products.ProductRetired,
)
SUBSCRIBING_TO_PRODUCT: tuple[Leaf, ...] = (
    *NAMING_PRODUCT,
    products.ProductRetired,
    product_subscriptions.OwnProduct,
    product_subscriptions.AlreadySubscribed,
    product_subscriptions.SubscriptionEndsTooEarly,
)
ISSUING_TOKENS: tuple[Leaf, ...] = (
    *NAMING_PRODUCT,
    execution_tokens.NotSubscribed,
    *NAMING,
    access.TierTooLow,
)
NAMING_SUBSCRIPTION: tuple[Leaf, ...] = (product_subscriptions.NoSuchProductSubscription,)
EXCHANGING_TOKENS: tuple[Leaf, ...] = (
    InternalKeyRequired,
    ExecutionTokenNotValid,
    queries.NoSuchVersion,
    queries.NoPublishedVersion,
    queries.VersionWithdrawn,
    queries.VersionSuspended,
    access.NotEntitled,
    access.TierTooLow,
    access.DependencyNotAccessible,
    storage.ObjectStoreDown,
)
IMPORTING: tuple[Leaf, ...] = (
    NoTenant,
    RoleRequired,
    texts.InvalidText,
    manifest.InvalidManifest,
    ExecutionTokenNotValid,
    client.NotConfigured,
    transport.MarketplaceDown,
    transport.MarketplaceRefuses,
    transport.MarketplaceForbids,
    transport.NotInMarketplace,
    transport.ForeignAddress,
    remote_products.RemoteSourceMismatch,
    remote_products.RemoteProductNeedsOthers,
    remote_products.RemoteProductOfOthers,
)
