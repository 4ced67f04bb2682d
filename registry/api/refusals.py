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
    queries,
    readiness,
    semver,
    storage,
    texts,
)
from registry.services import (
    approval,
    dependencies,
    drafts,
    entitlements,
    evidence_gate,
    grantees,
    publishing,
    review,
)


class NothingAtHand(queries.NoSuchVersion):
    """This script has no version on its way to publication."""

    code = "nothing_at_hand"


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
    access.NoSuchScript,
    drafts.NotTheAuthor,
    drafts.VersionNotGreater,
    lifecycle.NotEditable,
    queries.NoSuchVersion,
)
STEPPING: tuple[Leaf, ...] = (
    NoTenant,
    access.NoSuchScript,
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
    checklist.ChecklistIncomplete,
    evidence_gate.EvidenceMissing,
    evidence_gate.LooksAhead,
)
PUBLISHING: tuple[Leaf, ...] = (
    *STEPPING,
    drafts.NotTheAuthor,
    queries.NoSuchVersion,
    lifecycle.NotApproved,
    publishing.AlreadyPublished,
    evidence_gate.EvidenceMissing,
    evidence_gate.LooksAhead,
    dependencies.NoSuchDependency,
    access.DependencyNotAccessible,
    dependency_graph.DependencyCycle,
    queries.SourceMismatch,
    storage.AlreadyStored,
    storage.ObjectMissing,
    storage.ObjectStoreDown,
)
GRANTING: tuple[Leaf, ...] = (
    NoTenant,
    access.NoSuchScript,
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
    access.NoSuchScript,
    entitlements.MayNotGrant,
    grantees.NoEntitlement,
)
