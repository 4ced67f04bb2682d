from accounts.admin.audit import AuditEventAdmin
from accounts.admin.people import ApiKeyAdmin, MembershipAdmin, TenantAdmin, UserAdmin
from accounts.admin.tiers import TierAdmin

__all__ = [
    "ApiKeyAdmin",
    "AuditEventAdmin",
    "MembershipAdmin",
    "TenantAdmin",
    "TierAdmin",
    "UserAdmin",
]
