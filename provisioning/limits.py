"""What one message may ask for. `/ServiceProviderConfig` says the same numbers."""

BULK_MAX_OPERATIONS = 1_000
BULK_MAX_BYTES = 1_048_576

PAGE_DEFAULT = 100
PAGE_MAX = 1_000
CURSOR_SECONDS = 3_600

# The members of a very large group fit into it.
MAX_BODY_BYTES = 8 * 1_048_576
