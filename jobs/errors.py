"""The ways a job ends without having done its work."""

from __future__ import annotations


class JobCancelled(Exception):
    """Somebody asked it to stop. What was done stays done; another run goes on from there."""


class WorkerLost(Exception):
    """Every worker that took it vanished over it, so nobody tries it again."""


class FailedForNow(Exception):
    """What failed may work later, with nothing changed here: the job is done again by itself.

    Subclassed by whoever knows what passes: see `jobs.services.do_again`.
    """


class FailedInPart(Exception):
    """Something went wrong with some of many things; all others had their turn."""

    def __init__(self, failed: int, done: int) -> None:
        super().__init__(f"{failed} failed, {done} went well")
        self.failed = failed
        self.done = done
