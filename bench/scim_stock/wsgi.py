"""The stock side's application."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.scim_stock.settings")
application = get_wsgi_application()
