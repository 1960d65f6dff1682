"""Settings of the sandbox's own process: no database, no sessions, nothing of the portal's."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import environ

from sandbox import places

env = environ.Env()

SECRET_KEY = places.secret_key()
DEBUG = False

SANDBOX_BASE_URL = places.base_url()
PORTAL_BASE_URL = env.str("PORTAL_BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
# What the portal was told when it was registered with "LinkedIn".
LINKEDIN_CLIENT_ID = env.str("LINKEDIN_CLIENT_ID", default="sandbox-portal")
LINKEDIN_CLIENT_SECRET = env.str("LINKEDIN_CLIENT_SECRET", default="sandbox-secret")

ALLOWED_HOSTS = [urlsplit(SANDBOX_BASE_URL).hostname or "127.0.0.1"]
ROOT_URLCONF = "sandbox.urls"
WSGI_APPLICATION = "sandbox.wsgi.application"
INSTALLED_APPS = ["django.contrib.staticfiles"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "learning_portal.content_policy.ContentPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [places.ROOT / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "sandbox.context.sandbox",
            ]
        },
    }
]
USE_TZ = True

# Cookies know no ports: the portal on this host must not find ours under its names.
CSRF_COOKIE_NAME = "sandbox-csrf"
CSRF_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": ["'self'"],
    "base-uri": ["'none'"],
    "object-src": ["'none'"],
    "frame-ancestors": ["'none'"],
    "form-action": ["'self'"],
}

STATIC_URL = "/static/"
STATICFILES_DIRS = [places.ROOT / "static", places.ROOT / "sandbox" / "static"]
# Served from where they lie: nothing to collect before a demo.
WHITENOISE_USE_FINDERS = True

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
