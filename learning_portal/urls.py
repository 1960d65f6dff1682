"""Every address of the portal. Apps bring their own; this file only says where they hang."""

from django.contrib import admin
from django.urls import include, path

from learning_portal import (
    account,
    address,
    api,
    appearance,
    data_download,
    error_pages,
    language,
    views,
)

urlpatterns = [
    # Patterns are tried in this order, and nothing is asked for more often at nine o'clock.
    path("sso/", include("sso.urls")),
    path("", views.home, name="home"),
    path("account/", account.account, name="account"),
    path("account/sessions/", account.sessions, name="account_sessions"),
    path("account/email/", address.change, name="account_email"),
    path("account/email/prove/", address.prove, name="account_email_prove"),
    path("account/email/open/<str:ticket>/", address.follow, name="account_email_link"),
    path("account/password/", account.password, name="account_password"),
    path("account/data/", data_download.data, name="account_data"),
    path("account/theme/", appearance.theme, name="account_theme"),
    path("account/language/", language.language, name="account_language"),
    path("healthz", views.health, name="health"),
    path("console/", admin.site.urls),
    path("api/v1/me", api.me, name="me"),
    path("", include("accounts.urls")),
    path("", include("licenses.urls")),
    path("", include("profiles.urls")),
    path("setup/", include("learning_portal.setup_urls")),
    path("scim/v2/", include("provisioning.urls")),
]

handler400 = error_pages.bad_request
handler403 = error_pages.forbidden
handler404 = error_pages.not_found
handler500 = error_pages.broken
