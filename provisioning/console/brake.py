"""What an administrator decides when the brake holds a directory: let it go on, or undo.

Each decision has a page that says what it does, to how many; its button does it.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from provisioning.console.pages import Visit
from provisioning.services import removed_lately, resume_directory, undo_removals

# So many people come back in one request: a page nobody waits for longer than some seconds.
AT_ONCE = 300
LISTED = 100


def resume(request: HttpRequest) -> HttpResponse:
    visit = Visit.of(request)
    configuration = visit.configuration
    if request.method == "POST" and configuration.pk is not None:
        resume_directory(configuration=configuration, actor=visit.actor)
        messages.success(
            request,
            _("The directory goes on. For an hour the brake lets everything pass."),
        )
        return visit.back()
    if not configuration.is_paused:
        messages.info(request, _("The directory is not paused any more."))
        return visit.back()
    return visit.page(
        "resume.html",
        title=_("Let the directory go on?"),
        removed=configuration.window_removed,
        undoable=len(removed_lately(visit.organization)),
    )


def undo(request: HttpRequest) -> HttpResponse:
    """Some hundred people at a time; the page comes again until nobody is left."""
    visit = Visit.of(request)
    if request.method == "POST":
        back = undo_removals(organization=visit.organization, actor=visit.actor, at_most=AT_ONCE)
        messages.success(
            request,
            ngettext("%(count)d person is back.", "%(count)d people are back.", back)
            % {"count": back},
        )
        if back == AT_ONCE:
            return HttpResponseRedirect(visit.address("directory_undo"))
        return visit.back()
    gone = removed_lately(visit.organization)
    named = User.objects.in_bulk(gone[:LISTED])
    return visit.page(
        "undo.html",
        title=_("Bring back whom the directory removed?"),
        number=len(gone),
        people=[named[each] for each in gone[:LISTED] if each in named],
        unlisted=max(len(gone) - LISTED, 0),
        at_once=AT_ONCE,
        is_paused=visit.configuration.is_paused,
    )
