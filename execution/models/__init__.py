from execution.models.alerts import Alert, AlertKind, AlertLevel
from execution.models.executions import (
    IDEMPOTENCY_KEY_MAX_LENGTH,
    UNFINISHED,
    Execution,
    ExecutionKind,
    ExecutionStatus,
    RunPriority,
)
from execution.models.holds import Hold, HoldKind
from execution.models.plans import SCHEDULE_MAX_LENGTH, RealtimePlan, Subscription, Trigger
from execution.models.trials import UNFINISHED_TRIALS, Trial, TrialPurpose, TrialStatus

__all__ = [
    "IDEMPOTENCY_KEY_MAX_LENGTH",
    "SCHEDULE_MAX_LENGTH",
    "UNFINISHED",
    "UNFINISHED_TRIALS",
    "Alert",
    "AlertKind",
    "AlertLevel",
    "Execution",
    "ExecutionKind",
    "ExecutionStatus",
    "Hold",
    "HoldKind",
    "RealtimePlan",
    "RunPriority",
    "Subscription",
    "Trial",
    "TrialPurpose",
    "TrialStatus",
    "Trigger",
]
