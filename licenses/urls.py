from django.urls import path

from licenses import views

app_name = "licenses"

urlpatterns = [
    path("waiting/", views.waiting, name="waiting"),
]
