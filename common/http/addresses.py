"""Under which first parts of an address programs are answered, and not browsers."""

API_ROOTS = ("api", "scripts", "data", "signals", "subscriptions")
OPERATIONS_ROOTS = ("health", "metrics")
