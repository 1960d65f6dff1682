from django.urls import path

from profiles import views

app_name = "profiles"

urlpatterns = [
    path("connect/", views.connect, name="connect"),
    # The address that is registered with LinkedIn, letter for letter.
    path("connect/callback", views.callback, name="callback"),
    path("connect/consent/", views.consent_text, name="consent"),
    path("connect/disconnect/", views.disconnect, name="disconnect"),
]
