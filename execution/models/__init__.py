from execution.models.alerts import Alert, AlertKind, AlertLevel
from execution.models.dead_letters import DeadLetter, DeadLetterKind, Resolution
from execution.models.executions import (
    IDEMPOTENCY_KEY_MAX_LENGTH,
    UNFINISHED,
    Execution,
    ExecutionKind,
    ExecutionStatus,
    RunPriority,
)
from execution.models.holds import Hold, HoldKind
from execution.models.operations import Drain, ScalingAdvice, Silence, SilenceCause, SilenceEnd
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
    "DeadLetter",
    "DeadLetterKind",
    "Drain",
    "Execution",
    "ExecutionKind",
    "ExecutionStatus",
    "Hold",
    "HoldKind",
    "RealtimePlan",
    "Resolution",
    "RunPriority",
    "ScalingAdvice",
    "Silence",
    "SilenceCause",
    "SilenceEnd",
    "Subscription",
    "Trial",
    "TrialPurpose",
    "TrialStatus",
    "Trigger",
]
