"""Database, data and static files of the demo, in one process: Django starts once.

Progress goes to stderr; what was seeded goes to stdout, as one JSON object.
"""

from __future__ import annotations

import django
from django.core.management import call_command


def main() -> None:
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("seed_demo", json=True)


if __name__ == "__main__":
    main()
