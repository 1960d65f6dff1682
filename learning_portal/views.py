"""Pages that put the apps' pieces beside each other."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "learning_portal/home.html")


@login_not_required
def health(request: HttpRequest) -> HttpResponse:
    """For load balancers: the process answers. No database, so that its outage is not ours."""
    return JsonResponse({"status": "ok"})
