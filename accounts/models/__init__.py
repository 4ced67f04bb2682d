from accounts.models.audit import AuditEvent, AuditHead
from accounts.models.credentials import ApiKey, BrowserSession, RevokedToken, TokenFamily
from accounts.models.guarding import Door, LockOut, RecoveryCode, SecondFactor
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
    "BrowserSession",
    "Door",
    "KeptReply",
    "LockOut",
    "Membership",
    "PastRow",
    "RecoveryCode",
    "RevokedToken",
    "Role",
    "SecondFactor",
    "Team",
    "TeamMembership",
    "Tenant",
    "Tier",
    "TokenFamily",
    "User",
]
