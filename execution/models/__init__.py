from execution.models.alerts import Alert, AlertKind, AlertLevel
from execution.models.dead_letters import DeadLetter, DeadLetterKind, Resolution
from execution.models.executions import (
    IDEMPOTENCY_KEY_MAX_LENGTH,
    UNFINISHED,
    Execution,
    ExecutionKind,
    ExecutionStatus,
)
from execution.models.plans import RealtimePlan, Subscription
from execution.models.trials import UNFINISHED_TRIALS, Trial, TrialPurpose, TrialStatus

__all__ = [
    "IDEMPOTENCY_KEY_MAX_LENGTH",
    "UNFINISHED",
    "UNFINISHED_TRIALS",
    "Alert",
    "AlertKind",
    "AlertLevel",
    "DeadLetter",
    "DeadLetterKind",
    "Execution",
    "ExecutionKind",
    "ExecutionStatus",
    "RealtimePlan",
    "Resolution",
    "Subscription",
    "Trial",
    "TrialPurpose",
    "TrialStatus",
]
