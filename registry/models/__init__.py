from registry.models.autosaves import DraftAutosave
from registry.models.behaviour import VersionBehaviour
from registry.models.entitlements import Entitlement
from registry.models.history_runs import HistoryRun
from registry.models.reviews import Review, Verdict
from registry.models.screenings import VersionScreening
from registry.models.scripts import Dependency, Script, ScriptVersion

__all__ = [
    "Dependency",
    "DraftAutosave",
    "Entitlement",
    "HistoryRun",
    "Review",
    "Script",
    "ScriptVersion",
    "Verdict",
    "VersionBehaviour",
    "VersionScreening",
]
