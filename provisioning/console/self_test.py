"""*Self-test*: one button, and a list of what a directory's calls come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Organization
from audit.actions import Action
from audit.models import AuditEvent
from provisioning.console.pages import Visit
from provisioning.console.words import directory_name
from provisioning.self_test import Verdict, run_self_test
from provisioning.standing import facts_of

# Class and symbol of a line, by its verdict, and the word that stands for both.
LOOKS = {
    Verdict.PASSED: ("ok", "check-circle"),
    Verdict.LOOK: ("warn", "warn"),
    Verdict.FAILED: ("bad", "x-circle"),
    Verdict.LEFT_OUT: ("", "none"),
}


@dataclass(frozen=True, slots=True)
class LastRun:
    """When the test was run last, and with what result."""

    at: datetime
    passed: int
    look: int
    failed: int

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> LastRun | None:
        """From a row with `last_run_columns`."""
        if row["tested_at"] is None:
            return None
        counted: Mapping[str, int] = row["test_result"]
        return cls(row["tested_at"], counted["passed"], counted["look"], counted["failed"])


def last_run_columns() -> dict[str, Subquery]:
    """Annotations of an organization: no statement of their own."""
    runs = AuditEvent.objects.filter(
        organization=OuterRef("pk"), action=Action.DIRECTORY_TESTED
    ).order_by("-id")
    return {
        "tested_at": Subquery(runs.values("created_at")[:1]),
        "test_result": Subquery(runs.values("changes")[:1]),
    }


def last_run(organization: Organization) -> LastRun | None:
    """One statement."""
    here = Organization.objects.filter(pk=organization.pk)
    return LastRun.of(here.annotate(**last_run_columns()).values().get())


def show(request: HttpRequest) -> HttpResponse:
    """Says what will happen; a POST does it and shows what came of it."""
    visit = Visit.of(request)
    dialect = facts_of(visit.organization, timezone.now()).last_dialect
    shown: list[dict[str, Any]] = []
    if request.method == "POST":
        checks = run_self_test(organization=visit.organization, dialect=dialect, actor=visit.actor)
        shown = [
            {"check": each, "css": LOOKS[each.verdict][0], "icon": LOOKS[each.verdict][1]}
            | {"word": _word(each.verdict)}
            for each in checks
        ]
    return visit.page(
        "self_test.html",
        title=_("Self-test"),
        name=directory_name(dialect, begins=False),
        checks=shown,
        last=last_run(visit.organization),
    )


def _word(verdict: Verdict) -> str:
    return {
        Verdict.PASSED: _("Passed"),
        Verdict.LOOK: _("Worth a look"),
        Verdict.FAILED: _("Failed"),
        Verdict.LEFT_OUT: _("Left out"),
    }[verdict]
