from execution.admin.executions import ExecutionAdmin
from execution.admin.plans import RealtimePlanAdmin, SubscriptionAdmin

__all__ = ["ExecutionAdmin", "RealtimePlanAdmin", "SubscriptionAdmin"]
