"""What is asked of the branch coverage that a run of the tests has left behind.

Each package that ships has a floor of its own, so that a well tested one hides no other.
"""

from __future__ import annotations

import io
import sys

from coverage import Coverage
from packages import SHIPPED

PERCENT = 95
# Where a wrong branch lets somebody in or gives something away: every one of them.
WHOLE = (
    "*/services.py",
    "*/services/*.py",
    "*/policies.py",
    "*/sign_in.py",
    "*/sign_out.py",
    "sso/testing.py",
)


def is_held(measured: Coverage, name: str, include: list[str], floor: int) -> bool:
    """Print the measure beside its floor, and what is missing where it lies below."""
    table = io.StringIO()
    percent = measured.report(include=include, file=table, skip_covered=True, show_missing=True)
    print(f"{name:<32}{percent:6.1f} %   at least {floor}")
    if percent < floor:
        print(table.getvalue())
    return percent >= floor


def main() -> int:
    measured = Coverage()
    measured.load()
    held = [is_held(measured, package, [f"{package}/*"], PERCENT) for package in SHIPPED]
    held.append(is_held(measured, "services, policies, sign_in", [*WHOLE], 100))
    held.append(is_held(measured, "everything that ships", ["*"], PERCENT))
    return int(not all(held))


if __name__ == "__main__":
    sys.exit(main())
