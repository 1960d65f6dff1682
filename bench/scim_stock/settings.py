"""Stock django-scim2, as its documentation sets it up: the other side of the comparison."""

import environ

env = environ.Env()

SECRET_KEY = "only-for-benchmarks"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "bench.scim_stock.urls"
USE_TZ = True
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django_scim",
    "bench.scim_stock",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "bench.scim_stock.middleware.TokenMiddleware",
    "django_scim.middleware.SCIMAuthCheckMiddleware",
]
DATABASES = {"default": env.db("DATABASE_URL")}
DATABASES["default"]["CONN_MAX_AGE"] = None
# Tables are made as the models are today.
MIGRATION_MODULES = {"auth": None, "contenttypes": None, "scim_stock": None}
AUTH_USER_MODEL = "scim_stock.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGGING = {"version": 1, "disable_existing_loggers": True}
SCIM_SERVICE_PROVIDER = {
    "NETLOC": "127.0.0.1:8000",
    "SCHEME": "http",
    "GROUP_MODEL": "bench.scim_stock.models.Group",
    "AUTHENTICATION_SCHEMES": [{"type": "oauthbearertoken", "name": "Bearer", "description": ""}],
}
