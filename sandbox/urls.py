"""The sandbox's own origin: two companies' identity providers, and somebody like LinkedIn."""

from django.urls import path, re_path

from sandbox import (
    authenticator,
    directory_pages,
    mailbox,
    names,
    openid,
    openid_pages,
    roll_over,
    saml,
    sign_out,
    views,
)

PROVIDER = r"(?P<slug>acme|globex)"

handler404 = "sandbox.views.nothing_here"

urlpatterns = [
    path("", views.index, name="index"),
    path("names/", names.page, name="names"),
    path("authenticator/", authenticator.page, name="authenticator"),
    path("mail/", mailbox.mailbox, name="mailbox"),
    path("mail/<slug:name>/", mailbox.mail, name="mail"),
    path("mail/<slug:name>/html", mailbox.html, name="mail-html"),
    path("healthz", views.health, name="health"),
    re_path(rf"^{PROVIDER}/$", saml.dashboard, name="dashboard"),
    re_path(rf"^{PROVIDER}/start$", saml.start, name="start"),
    re_path(rf"^{PROVIDER}/sso$", saml.sign_on, name="sign-on"),
    re_path(rf"^{PROVIDER}/answer$", saml.send_answer, name="answer"),
    re_path(rf"^{PROVIDER}/slo$", sign_out.slo, name="slo"),
    re_path(rf"^{PROVIDER}/sign-out$", sign_out.begin, name="begin-sign-out"),
    re_path(rf"^{PROVIDER}/metadata$", saml.metadata, name="metadata"),
    re_path(rf"^{PROVIDER}/key$", roll_over.exchange, name="exchange-key"),
    re_path(rf"^{PROVIDER}/directory$", directory_pages.directory, name="directory"),
    # LinkedIn's own paths, below one prefix
    path("linkedin/oauth/.well-known/openid-configuration", openid.discovery, name="discovery"),
    path("linkedin/oauth/v2/authorization", openid_pages.authorize, name="authorize"),
    path("linkedin/oauth/v2/authorization/member", openid_pages.choose, name="choose-member"),
    path("linkedin/oauth/v2/authorization/consent", openid_pages.consent, name="consent"),
    path("linkedin/oauth/v2/accessToken", openid.token, name="token"),
    path("linkedin/v2/userinfo", openid.userinfo, name="userinfo"),
    path("linkedin/oauth/openid/jwks", openid.jwks, name="jwks"),
    path("linkedin/picture/<str:subject>.svg", openid_pages.picture, name="picture"),
]
