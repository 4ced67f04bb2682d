from registry.admin.entitlements import EntitlementAdmin
from registry.admin.products import ProductAdmin
from registry.admin.scripts import ScriptAdmin
from registry.admin.versions import ScriptVersionAdmin

__all__ = ["EntitlementAdmin", "ProductAdmin", "ScriptAdmin", "ScriptVersionAdmin"]
