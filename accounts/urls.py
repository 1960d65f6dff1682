from django.urls import path

from accounts import recovery_views, views

app_name = "accounts"

urlpatterns = [
    path("login/", views.login, name="login"),
    path("login/choose/", views.choose, name="choose"),
    path("o/<slug:slug>/login/", views.organization_login, name="organization_login"),
    path("o/<slug:slug>/recover/", recovery_views.recover, name="recover"),
    path("logout/", views.sign_out, name="logout"),
]
