from accounts.admin.audit import AuditEventAdmin
from accounts.admin.people import ApiKeyAdmin, MembershipAdmin, TenantAdmin, UserAdmin

__all__ = ["ApiKeyAdmin", "AuditEventAdmin", "MembershipAdmin", "TenantAdmin", "UserAdmin"]
