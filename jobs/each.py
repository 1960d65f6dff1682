"""Work on many organizations' things, of which one must not cost the others their turn."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from jobs.errors import FailedInPart

logger = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")


def each(items: Iterable[T], act: Callable[[T], R]) -> list[R]:
    """Do it for each of them, and go on where one raises something nobody foresaw.

    Answers what came of each. Raises `FailedInPart` after the last one if any failed, so that the
    run doesn't count as done; the log has each failure's traceback. What `items` itself raises,
    as to stop the job, ends it at once. `act` has its own transaction: what it left is undone.
    """
    done: list[R] = []
    failed = 0
    for number, item in enumerate(items, start=1):
        try:
            done.append(act(item))
        except FailedInPart as error:
            failed += error.failed  # in the log already
        except Exception:
            # Whatever it is: a job that ends here would end here tomorrow, too.
            logger.exception("one of many failed", extra={"number": number})
            failed += 1
    if failed:
        raise FailedInPart(failed, len(done))
    return done
