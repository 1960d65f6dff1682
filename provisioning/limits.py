"""What one message may ask for. `/ServiceProviderConfig` says the same numbers."""

BULK_MAX_OPERATIONS = 1_000
BULK_MAX_BYTES = 1_048_576

PAGE_DEFAULT = 100
PAGE_MAX = 1_000
CURSOR_SECONDS = 3_600
