from django.urls import path

from accounts import (
    activation_views,
    invitation_passkey_views,
    invitation_views,
    passkey_views,
    password_views,
    recovery_views,
    reset_views,
    second_factor_views,
    views,
)

app_name = "accounts"

urlpatterns = [
    path("login/", views.login, name="login"),
    path("login/choose/", password_views.choose, name="choose"),
    path("login/new/", views.new_here, name="new_here"),
    path("login/second-factor/", second_factor_views.second_factor, name="second_factor"),
    path("login/passkey/", passkey_views.sign_in, name="passkey_sign_in"),
    path("login/passkey/challenge/", passkey_views.sign_in_challenge, name="passkey_challenge"),
    path("account/authenticator/", second_factor_views.set_up, name="factor"),
    path("account/authenticator/remove/", second_factor_views.remove, name="factor_remove"),
    path("account/recovery-codes/", second_factor_views.codes, name="personal_codes"),
    path("account/passkeys/", passkey_views.passkeys, name="passkeys"),
    path(
        "account/passkeys/challenge/",
        passkey_views.registration_challenge,
        name="passkey_registration",
    ),
    path("account/passkeys/<uuid:passkey_id>/name/", passkey_views.rename, name="passkey_rename"),
    path("account/passkeys/<uuid:passkey_id>/remove/", passkey_views.remove, name="passkey_remove"),
    path("o/<slug:slug>/login/", views.organization_login, name="organization_login"),
    path("o/<slug:slug>/login/new/", views.organization_new_here, name="organization_new_here"),
    path("o/<slug:slug>/recover/", recovery_views.recover, name="recover"),
    path("invitation/", invitation_views.invitation, name="invitation"),
    path("invitation/ways/", invitation_views.ways, name="invitation_ways"),
    path("invitation/account/", invitation_views.new_account, name="invitation_account"),
    path("invitation/passkey/", invitation_passkey_views.new_account, name="invitation_passkey"),
    path(
        "invitation/passkey/challenge/",
        invitation_passkey_views.challenge,
        name="invitation_passkey_challenge",
    ),
    path("invitation/open/<str:secret>/", invitation_views.follow, name="invitation_link"),
    path("join/confirm/", activation_views.confirm, name="join_confirm"),
    path("join/open/<str:ticket>/", activation_views.follow, name="join_link"),
    path("join/<str:token>/", activation_views.ask, name="join"),
    path("join/<str:token>/sent/", activation_views.sent, name="join_sent"),
    path("password/forgot/", reset_views.forgot, name="forgot"),
    path("password/forgot/sent/", reset_views.forgot_sent, name="forgot_sent"),
    path("password/reset/", reset_views.choose_password, name="reset_password"),
    path("password/reset/open/<uuid:user_id>/<str:token>/", reset_views.follow, name="reset_link"),
    path("logout/", views.sign_out, name="logout"),
]
