"""Every setting, from the environment. `docs/reference/settings.md` explains each variable."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
import environ
from django.core.exceptions import ImproperlyConfigured

# `ModelForm[User]` and the like are types to the checker and nothing at run time.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
# Values of the process come first; the file is a convenience of one machine.
env.read_env(BASE_DIR / ".env", overwrite=False)

SECRET_KEY = env.str("DJANGO_SECRET_KEY")  # no default: a missing key must stop the start
if not SECRET_KEY:  # as .env.example leaves it
    raise ImproperlyConfigured("Set the DJANGO_SECRET_KEY environment variable")
# Former keys, newest first: what they signed or sealed can still be read.
SECRET_KEY_FALLBACKS = env.list("DJANGO_SECRET_KEY_FALLBACKS", default=[])
DEBUG = env.bool("DJANGO_DEBUG", default=False)

# Where people and identity providers reach the portal. Scheme and host decide on cookies and HSTS.
PORTAL_BASE_URL = env.str("PORTAL_BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
_base = urlsplit(PORTAL_BASE_URL)
PORTAL_IS_HTTPS = _base.scheme == "https"
ALLOWED_HOSTS = env.list("DJANGO_ALLOWED_HOSTS", default=[_base.hostname or "127.0.0.1"])

# The sandbox plays identity provider and LinkedIn for the demo. Checks refuse it in production.
PORTAL_SANDBOX = env.bool("PORTAL_SANDBOX", default=False)
SANDBOX_BASE_URL = env.str("SANDBOX_BASE_URL", default="http://127.0.0.1:8001").rstrip("/")

INSTALLED_APPS = [
    "django_tasks",
    "django_tasks_db",  # before our console, which takes its page of raw results away
    "learning_portal",
    "learning_portal.apps.ConsoleConfig",
    "accounts",
    "audit",
    "jobs",
    "licenses",
    "profiles",
    "provisioning",
    "sso",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "rest_framework",
]
if PORTAL_SANDBOX:
    INSTALLED_APPS += ["sandbox"]

MIDDLEWARE = [
    "audit.middleware.RequestContextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    # Before the directories' calls: one that is refused as no request of ours is a page.
    "learning_portal.content_policy.ContentPolicyMiddleware",
    "provisioning.middleware.DirectoryCallMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Pads each answer at random, so that its length tells nothing of its secrets (BREACH).
    "django.middleware.gzip.GZipMiddleware",
    "learning_portal.caching.PrivateByDefaultMiddleware",
    "learning_portal.unreadable.ReadableAddressMiddleware",
    "accounts.middleware.EndedSessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "learning_portal.language.LanguageMiddleware",
    "accounts.middleware.ClosedDoorsMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "accounts.middleware.OrganizationTimeZoneMiddleware",
    "profiles.middleware.BindingGateMiddleware",
]

ROOT_URLCONF = "learning_portal.urls"
WSGI_APPLICATION = "learning_portal.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "learning_portal.context.portal",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Database: SQLite by default, PostgreSQL for real deployments.
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}")}
_database = DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # Opening the file anew for each request costs as much as a whole sign-in; closing the last
    # connection even writes the WAL back.
    _database.setdefault("CONN_MAX_AGE", None)
    _database.setdefault("OPTIONS", {}).update(
        # Writers queue at BEGIN instead of failing at COMMIT; readers never wait.
        transaction_mode="IMMEDIATE",
        timeout=30,
        init_command="PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    )
elif _database["ENGINE"] == "django.db.backends.postgresql":
    _database.setdefault("OPTIONS", {}).update(
        pool={"min_size": 1, "max_size": env.int("DATABASE_POOL_SIZE", default=10), "timeout": 30},
        # Whatever is asked twice on a connection is asked again (see database/statements.py).
        prepare_threshold=2 if env.bool("DATABASE_KEEPS_PLANS", default=True) else None,
    )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": env.cache("CACHE_URL", default="locmemcache://")}
# What one process keeps in its own memory. Django would keep 300: whoever tries so many names would
# wash away how often the one that matters was tried.
CACHE_ENTRIES_IN_MEMORY = 50_000
if CACHES["default"]["BACKEND"] == "django.core.cache.backends.locmem.LocMemCache":
    CACHES["default"].setdefault("OPTIONS", {}).setdefault("MAX_ENTRIES", CACHE_ENTRIES_IN_MEMORY)
if CACHES["default"]["BACKEND"] == "django.core.cache.backends.redis.RedisCache":
    CACHES["default"]["BACKEND"] = "learning_portal.shared_cache.SharedRedisCache"

# What `run_worker` does beside requests. A task is stored in the transaction that wants it.
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# People and sessions
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.AccountBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTH_PASSWORD_VALIDATORS[0]["OPTIONS"] = {  # type: ignore[assignment]
    "user_attributes": ("user_name", "first_name", "last_name", "email")
}
AUTH_PASSWORD_VALIDATORS[1]["OPTIONS"] = {"min_length": 12}  # type: ignore[assignment]
# A mail that lets somebody choose a password is good for an hour.
PASSWORD_RESET_TIMEOUT = 60 * 60
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "home"
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = 12 * 60 * 60
# Sign-in attempts per address, per account and minute; 0 switches the limit off.
SIGN_IN_RATE_LIMIT = env.int("SIGN_IN_RATE_LIMIT", default=20)
# Calls a second that an organization's directory may make, with bursts; 0 switches the limit off.
SCIM_RATE_LIMIT = env.int("SCIM_RATE_LIMIT", default=100)
# The log of those calls is written beside them, a second's worth at a time; tests want it at once.
SCIM_LOG_IS_DEFERRED = True
# Whom to ask for the TXT records of domains, instead of this machine's resolver.
DNS_NAMESERVERS = env.list("DNS_NAMESERVERS", default=[])
# Hosts whose metadata is read although they are not on the public internet.
METADATA_ALLOWED_HOSTS = env.list("METADATA_ALLOWED_HOSTS", default=[])
# gunicorn's own variable; accounts.E002 wants a shared cache from two workers on.
WEB_CONCURRENCY = env.int("WEB_CONCURRENCY", default=1)
# How many reverse proxies stand in front; their X-Forwarded-For and -Proto are believed.
PORTAL_PROXY_COUNT = env.int("PORTAL_PROXY_COUNT", default=0)

# Cookies, HSTS and redirects follow the scheme of PORTAL_BASE_URL.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = PORTAL_IS_HTTPS
SESSION_COOKIE_NAME = "__Host-session" if PORTAL_IS_HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if PORTAL_IS_HTTPS else "csrf"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# Which language the doors speak to whoever was signed in here last, and chose one.
LANGUAGE_COOKIE_NAME = "__Host-language" if PORTAL_IS_HTTPS else "language"
LANGUAGE_COOKIE_SECURE = PORTAL_IS_HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if PORTAL_IS_HTTPS else 0
# Whether the whole domain is https is for its owner to say, not for one host of it.
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = False
# A load balancer asks over plain http, on the inside.
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "accounts.views.csrf_failure"
CSRF_TRUSTED_ORIGINS = [PORTAL_BASE_URL]
if PORTAL_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Everything from this origin, nothing inline. The names are Django 6's.
SECURE_CSP: dict[str, list[str]] = {
    "default-src": ["'self'"],
    "base-uri": ["'none'"],
    "object-src": ["'none'"],
    "frame-ancestors": ["'none'"],
    "form-action": ["'self'"],
}

# Language, time. What ships for learners (docs/decisions/0015), each by its own name for itself.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Static files
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Mail
if PORTAL_SANDBOX:
    # The demo's mailbox: the sandbox shows what it keeps.
    environ.Env.EMAIL_SCHEMES["sandboxmail"] = "sandbox.mailbox.MailboxBackend"
EMAIL_CONFIG = env.email(
    "EMAIL_URL", default="sandboxmail://" if PORTAL_SANDBOX else "consolemail://"
)
EMAIL_BACKEND = EMAIL_CONFIG["EMAIL_BACKEND"]
EMAIL_HOST = EMAIL_CONFIG.get("EMAIL_HOST") or "localhost"
EMAIL_PORT = EMAIL_CONFIG.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = EMAIL_CONFIG.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = EMAIL_CONFIG.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = EMAIL_CONFIG.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = EMAIL_CONFIG.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str(
    "DEFAULT_FROM_EMAIL", default="Learning portal <no-reply@localhost>"
)

# LinkedIn: real addresses by default; any OpenID Connect provider can stand in its place.
LINKEDIN_NAME = env.str("LINKEDIN_NAME", default="LinkedIn")
LINKEDIN_CLIENT_ID = env.str("LINKEDIN_CLIENT_ID", default="")
LINKEDIN_CLIENT_SECRET = env.str("LINKEDIN_CLIENT_SECRET", default="")
LINKEDIN_ISSUER = env.str("LINKEDIN_ISSUER", default="https://www.linkedin.com/oauth")
LINKEDIN_AUTHORIZATION_URL = env.str(
    "LINKEDIN_AUTHORIZATION_URL", default="https://www.linkedin.com/oauth/v2/authorization"
)
LINKEDIN_TOKEN_URL = env.str(
    "LINKEDIN_TOKEN_URL", default="https://www.linkedin.com/oauth/v2/accessToken"
)
LINKEDIN_USERINFO_URL = env.str(
    "LINKEDIN_USERINFO_URL", default="https://api.linkedin.com/v2/userinfo"
)
LINKEDIN_JWKS_URL = env.str(
    "LINKEDIN_JWKS_URL", default="https://www.linkedin.com/oauth/openid/jwks"
)

# Metadata is the only file anybody sends, and it is small.
FILE_UPLOAD_HANDLERS = ["learning_portal.uploads.SmallUploadHandler"]

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.PortalSessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "UNAUTHENTICATED_USER": None,
}

# django-scim2: what is used of it reads these.
SCIM_SERVICE_PROVIDER: dict[str, Any] = {
    "USER_ADAPTER": "provisioning.adapters.UserAdapter",
    "GROUP_MODEL": "accounts.models.DirectoryGroup",
    "GROUP_ADAPTER": "provisioning.adapters.GroupAdapter",
    "SCHEME": _base.scheme,
    "NETLOC": _base.netloc,
    "AUTHENTICATION_SCHEMES": [
        {
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "A token made in the console, under Directory sync.",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": True,
        }
    ],
    "WWW_AUTHENTICATE_HEADER": 'Bearer realm="scim"',
}

# Logs for operators: one JSON object a line, a request id on each.
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "audit.logging.RequestIdFilter"}},
    "formatters": {"json": {"()": "audit.logging.JsonFormatter"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "filters": ["request_id"],
            "formatter": "json",
        }
    },
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        # pysaml2's own logger stays off (sso.saml switches it off): it writes names and attributes.
        "djangosaml2": {"level": "WARNING"},
        "xmlschema": {"level": "WARNING"},
    },
}

SILENCED_SYSTEM_CHECKS = [
    # HSTS for subdomains and for the preload list: see above.
    "security.W005",
    "security.W021",
    # Both follow PORTAL_BASE_URL; accounts.E001 refuses plain http anywhere but on loopback.
    *(
        ["security.W004", "security.W008", "security.W012", "security.W016"]
        if not PORTAL_IS_HTTPS
        else []
    ),
]
