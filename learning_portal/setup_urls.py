"""What a set-up link opens: these addresses, and nothing else."""

from django.urls import path

from accounts.setup_guests import for_guests
from learning_portal import setup_pages
from provisioning.console.urls import guest_pages as directory_pages
from sso.console.urls import guest_pages as connection_pages

app_name = "setup"

urlpatterns = [
    path("", for_guests(setup_pages.home), name="home"),
    path("open/<str:secret>/", setup_pages.open_link, name="open"),
    *connection_pages(for_guests),
    *directory_pages(for_guests),
]
