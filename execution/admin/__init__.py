from execution.admin.alerts import AlertAdmin
from execution.admin.dead_letters import DeadLetterAdmin
from execution.admin.executions import ExecutionAdmin
from execution.admin.holds import HoldAdmin
from execution.admin.plans import RealtimePlanAdmin, SubscriptionAdmin
from execution.admin.trials import TrialAdmin

__all__ = [
    "AlertAdmin",
    "DeadLetterAdmin",
    "ExecutionAdmin",
    "HoldAdmin",
    "RealtimePlanAdmin",
    "SubscriptionAdmin",
    "TrialAdmin",
]
