"""What one message may ask for. `/ServiceProviderConfig` says the same numbers."""

BULK_MAX_OPERATIONS = 1_000
BULK_MAX_BYTES = 1_048_576

PAGE_DEFAULT = 100
PAGE_MAX = 1_000
# Of all groups on a page together.
PAGE_MAX_MEMBERS = 200_000
# Of all people on a page together.
PAGE_MAX_GROUPS = 100_000
CURSOR_SECONDS = 3_600

# How long one statement of a search may take. The database is everybody's.
SEARCH_SECONDS = 5
# How many that take longer than this an organization may have running: half of a process's threads.
QUICK_SEARCH_SECONDS = 0.25
SEARCHES_AT_ONCE = 4
# And of all calls of an organization, in one process. What only waits its turn, behind others who
# change the same group on a busy machine, must not count as long.
LONG_CALL_SECONDS = 10
LONG_CALLS_AT_ONCE = 4

# Of one person, and of what is searched for.
MAX_BODY_BYTES = 1_048_576
# The members of a very large group fit into it.
GROUP_MAX_BYTES = 8 * 1_048_576
# What is kept of one person, in characters of JSON. A page may have a thousand of them in memory.
MAX_DOCUMENT = 131_072
