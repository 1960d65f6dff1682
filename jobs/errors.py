"""The ways a job ends without having done its work."""

from __future__ import annotations


class JobCancelled(Exception):
    """Somebody asked it to stop. What was done stays done; another run goes on from there."""


class WorkerLost(Exception):
    """Every worker that took it vanished over it, so nobody tries it again."""
