"""Stock django-scim2: the other side of the comparison.

A project as `startproject` makes it, with what the library's documentation adds, kept connections,
and a look-up of a token, which the library leaves to its users.
"""

import environ

env = environ.Env()

SECRET_KEY = "only-for-benchmarks"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "bench.scim_stock.urls"
USE_TZ = True
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_scim",
    "bench.scim_stock",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "bench.scim_stock.middleware.TokenMiddleware",
    "django_scim.middleware.SCIMAuthCheckMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DATABASES = {"default": env.db("DATABASE_URL")}
DATABASES["default"]["CONN_MAX_AGE"] = None
# Tables are made as the models are today.
MIGRATION_MODULES = dict.fromkeys(("admin", "auth", "contenttypes", "sessions", "scim_stock"))
AUTH_USER_MODEL = "scim_stock.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGGING = {"version": 1, "disable_existing_loggers": True}
SCIM_SERVICE_PROVIDER = {
    "NETLOC": "127.0.0.1:8000",
    "SCHEME": "http",
    "GROUP_MODEL": "bench.scim_stock.models.Group",
    # By itself it looks for no externalId: it answers that there is nobody.
    "USER_FILTER_PARSER": "bench.scim_stock.filters.PersonFilterQuery",
    "AUTHENTICATION_SCHEMES": [{"type": "oauthbearertoken", "name": "Bearer", "description": ""}],
}
