from registry.models.aliases import PersonalAlias
from registry.models.autosaves import DraftAutosave
from registry.models.behaviour import VersionBehaviour
from registry.models.comments import ReviewComment
from registry.models.entitlements import Entitlement
from registry.models.evidence import VersionEvidence
from registry.models.history_runs import HistoryRun
from registry.models.marketplace import (
    ExecutionToken,
    Product,
    ProductSubscription,
    ProductUsage,
    RemoteImport,
    TokenPurpose,
    UsePurpose,
)
from registry.models.policies import VersionPolicy
from registry.models.reviews import Review, Verdict
from registry.models.screenings import VersionScreening
from registry.models.scripts import Dependency, Script, ScriptVersion

__all__ = [
    "Dependency",
    "DraftAutosave",
    "Entitlement",
    "ExecutionToken",
    "HistoryRun",
    "PersonalAlias",
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
