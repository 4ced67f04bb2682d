"""What may be done with an output that cannot be marked, and how long the secret has to be."""

AUTO_ENFORCE = "auto-enforce"  # it is held back
AUDIT_ONLY = "audit-only"  # it is given as it is, and that is audited
POLICIES = (AUTO_ENFORCE, AUDIT_ONLY)
SECRET_MIN_LENGTH = 32
