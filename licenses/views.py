"""What a learner sees of licenses."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.models import User
from licenses.policies import LicenseState
from licenses.standing import persons_license


@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """Where a sign-in ends that found no seat. Whoever doesn't wait has nothing to read here."""
    assert isinstance(request.user, User)  # LoginRequiredMiddleware
    license = persons_license(request.user)
    if license.state != LicenseState.WAITING:
        return redirect("home")
    return render(request, "licenses/waiting.html", {"license": license})
