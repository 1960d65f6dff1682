from django.urls import path

from profiles import acceptance_views, consent_views, leave_views, sign_in_views, views

app_name = "profiles"

urlpatterns = [
    path("login/profile/", sign_in_views.leave, name="sign_in"),
    path("login/profile/choose/", sign_in_views.choose, name="choose"),
    path(
        "o/<slug:slug>/login/profile/",
        sign_in_views.leave_from_organization,
        name="organization_sign_in",
    ),
    path("invitation/profile/", acceptance_views.accept, name="accept"),
    path("connect/", views.connect, name="connect"),
    path("connect/leave/", leave_views.leave, name="leave"),
    path("connect/leave/chosen/", leave_views.disconnect, name="leave_chosen"),
    # The address that is registered with LinkedIn, letter for letter.
    path("connect/callback", views.callback, name="callback"),
    path("connect/consent/", views.consent_text, name="consent"),
    path("connect/consent/<str:version>/", views.consent_text, name="consent_version"),
    path("connect/agree/", consent_views.agree, name="agree"),
    path("connect/disconnect/", views.disconnect, name="disconnect"),
]
