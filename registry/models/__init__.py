from registry.models.aliases import PersonalAlias
from registry.models.behaviour import VersionBehaviour
from registry.models.comments import ReviewComment
from registry.models.entitlements import Entitlement
from registry.models.evidence import VersionEvidence
from registry.models.marketplace import (
    ExecutionToken,
    Product,
    ProductSubscription,
    ProductUsage,
    RemoteImport,
    TokenPurpose,
    UsePurpose,
)
from registry.models.policies import Policy, VersionPolicy
from registry.models.reviews import Review, Verdict
from registry.models.screenings import VersionScreening
from registry.models.scripts import Dependency, Script, ScriptVersion

__all__ = [
    "Dependency",
    "Entitlement",
    "ExecutionToken",
    "PersonalAlias",
    "Policy",
    "Product",
    "ProductSubscription",
    "ProductUsage",
    "RemoteImport",
    "Review",
    "ReviewComment",
    "Script",
    "ScriptVersion",
    "TokenPurpose",
    "UsePurpose",
    "Verdict",
    "VersionBehaviour",
    "VersionEvidence",
    "VersionPolicy",
    "VersionScreening",
]
