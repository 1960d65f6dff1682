"""What a learner sees of licenses."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.sign_in import allowed_path, signed_in
from licenses.policies import LicenseState
from licenses.standing import persons_license


@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """Where a sign-in ends that found no seat. Whoever doesn't wait goes on to `?next`."""
    next_path = allowed_path(request.GET.get("next"), default="")
    license = persons_license(signed_in(request))
    if license.state != LicenseState.WAITING:
        return redirect(next_path or "home")
    here = reverse("licenses:waiting")
    if next_path:
        here = f"{here}?{urlencode({'next': next_path})}"
    return render(request, "licenses/waiting.html", {"license": license, "here": here})
