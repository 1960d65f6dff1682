from django.urls import path

from sso import shared_views, sign_out_views, views

app_name = "sso"

# No trailing slash and no underscore: these addresses are copied into other people's consoles.
urlpatterns = [
    path("<uuid:connection_id>/login", views.login, name="login"),
    path("<uuid:connection_id>/acs", views.acs, name="acs"),
    path("<uuid:connection_id>/slo", sign_out_views.slo, name="slo"),
    path("<uuid:connection_id>/signed-out", sign_out_views.signed_out, name="signed_out"),
    path("<uuid:connection_id>/metadata", views.metadata, name="metadata"),
    path("shared/<str:secret>", shared_views.trace, name="shared_trace"),
]
