from django.urls import path

from sso import views

app_name = "sso"

# No trailing slash and no underscore: these addresses are copied into other people's consoles.
urlpatterns = [
    path("<uuid:connection_id>/login", views.login, name="login"),
    path("<uuid:connection_id>/acs", views.acs, name="acs"),
    path("<uuid:connection_id>/metadata", views.metadata, name="metadata"),
]
