"""The portal's own packages."""

# What runs at a customer's.
SHIPPED = [
    "accounts",
    "audit",
    "database",
    "jobs",
    "learning_portal",
    "licenses",
    "profiles",
    "provisioning",
    "sso",
]
ALL = [*SHIPPED, "sandbox"]
