"""A token looked up at each request, as ours is; the library leaves this to its users."""

from django.http import HttpResponse

from bench.scim_stock.models import Token


class Directory:
    is_authenticated = True


class TokenMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        _scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
        if not Token.objects.filter(text=text).exists():
            return HttpResponse(status=401)
        request.user = Directory()
        return self.get_response(request)
