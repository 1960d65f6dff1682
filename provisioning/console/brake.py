"""What an administrator decides when the brake holds a directory: let it go on, or undo.

Each decision has a page that says what it does, to how many; its button does it.
"""

from __future__ import annotations

from collections.abc import Sequence

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
# So many are named in a message.
NAMED = 10


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
    removals = removed_lately(visit.organization)
    return visit.page(
        "resume.html",
        title=_("Let the directory go on?"),
        away=len(removals),
        undoable=sum(not each.is_taken for each in removals),
    )


def undo(request: HttpRequest) -> HttpResponse:
    """Some hundred people at a time; the page comes again until nobody is left."""
    visit = Visit.of(request)
    if request.method == "POST":
        undone = undo_removals(organization=visit.organization, actor=visit.actor, at_most=AT_ONCE)
        if undone.back:
            messages.success(
                request,
                ngettext("%(count)d person is back.", "%(count)d people are back.", undone.back)
                % {"count": undone.back},
            )
        if undone.remaining:
            return HttpResponseRedirect(visit.address("directory_undo"))
        if undone.taken:
            messages.warning(request, _who_stays_deleted(undone.taken))
        return visit.back()
    removals = removed_lately(visit.organization)
    free = [each for each in removals if not each.is_taken]
    people = [each.user for each in free]
    taken = [each.user for each in removals if each.is_taken]
    return visit.page(
        "undo.html",
        title=_("Bring back whom the directory removed?"),
        number=len(people),
        deleted=sum(each.state == User.State.DELETED for each in people),
        stay_off=sum(each.before == User.State.DEACTIVATED for each in free),
        people=people[:LISTED],
        unlisted=max(len(people) - LISTED, 0),
        taken=taken[:LISTED],
        taken_number=len(taken),
        taken_unlisted=max(len(taken) - LISTED, 0),
        at_once=AT_ONCE,
        is_paused=visit.configuration.is_paused,
    )


def _who_stays_deleted(people: Sequence[User]) -> str:
    names = ", ".join(f"{each.display_name} ({each.user_name})" for each in people[:NAMED])
    if len(people) > NAMED:
        names = _("%(names)s and %(count)d more") % {
            "names": names,
            "count": len(people) - NAMED,
        }
    return ngettext(
        "%(count)d person stays deleted, since somebody else has the user name or external id by "
        "now: %(names)s.",
        "%(count)d people stay deleted, since somebody else has their user name or external id by "
        "now: %(names)s.",
        len(people),
    ) % {"count": len(people), "names": names}
