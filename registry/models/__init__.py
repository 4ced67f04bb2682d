from registry.models.behaviour import VersionBehaviour
from registry.models.entitlements import Entitlement
from registry.models.reviews import Review, Verdict
from registry.models.scripts import Dependency, Script, ScriptVersion

__all__ = [
    "Dependency",
    "Entitlement",
    "Review",
    "Script",
    "ScriptVersion",
    "Verdict",
    "VersionBehaviour",
]
