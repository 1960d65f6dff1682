"""djangosaml2's own views, and the floor: a session for a known person, without any SAML."""

from django.contrib.auth import get_user_model, login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
def floor(request: HttpRequest) -> HttpResponse:
    user = get_user_model().objects.get(username=request.POST["name"])
    login(request, user, backend="djangosaml2.backends.Saml2Backend")
    return redirect("/")


def home(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.user.is_authenticated}")


urlpatterns = [
    path("saml2/", include("djangosaml2.urls")),
    path("floor/", floor),
    path("", home),
]
