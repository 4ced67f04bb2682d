from accounts.admin.audit import AuditEventAdmin
from accounts.admin.guarding import LockOutAdmin
from accounts.admin.people import ApiKeyAdmin, MembershipAdmin, TenantAdmin, UserAdmin
from accounts.admin.teams import TeamAdmin
from accounts.admin.tiers import TierAdmin

__all__ = [
    "ApiKeyAdmin",
    "AuditEventAdmin",
    "LockOutAdmin",
    "MembershipAdmin",
    "TeamAdmin",
    "TenantAdmin",
    "TierAdmin",
    "UserAdmin",
]
