from accounts.models.audit import AuditEvent, AuditHead
from accounts.models.credentials import ApiKey
from accounts.models.history import PastRow
from accounts.models.idempotency import KeptReply
from accounts.models.teams import Team, TeamMembership
from accounts.models.tenants import Membership, Role, Tenant
from accounts.models.tiers import Tier
from accounts.models.users import User

__all__ = [
    "ApiKey",
    "AuditEvent",
    "AuditHead",
    "KeptReply",
    "Membership",
    "PastRow",
    "Role",
    "Team",
    "TeamMembership",
    "Tenant",
    "Tier",
    "User",
]
