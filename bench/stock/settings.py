"""Stock djangosaml2, as its documentation sets it up: the other side of the comparison.

One identity provider, metadata inline, XML signatures by the `xmlsec1` program, the user model and
sessions of Django. The driver gives keys and a database.
"""

import os
from pathlib import Path

import environ
import saml2

env = environ.Env()
FOLDER = Path(os.environ["BENCH_FOLDER"])
BASE = "http://127.0.0.1:8000"

SECRET_KEY = "only-for-benchmarks"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "bench.stock.urls"
USE_TZ = True
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "djangosaml2",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "djangosaml2.middleware.SamlSessionMiddleware",
]
# Connections are kept and SQLite is set up with the same care as on our side, so that the
# difference is not in the disk.
DATABASES = {"default": env.db("DATABASE_URL") | {"CONN_MAX_AGE": None}}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
AUTHENTICATION_BACKENDS = ["djangosaml2.backends.Saml2Backend"]
LOGIN_REDIRECT_URL = "/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGGING = {"version": 1, "disable_existing_loggers": True}

SAML_DEFAULT_BINDING = saml2.BINDING_HTTP_REDIRECT
SAML_CREATE_UNKNOWN_USER = True
SAML_DJANGO_USER_MAIN_ATTRIBUTE = "username"
SAML_USE_NAME_ID_AS_USERNAME = True
SAML_ATTRIBUTE_MAPPING = {"mail": ("email",), "givenName": ("first_name",), "sn": ("last_name",)}
SAML_CONFIG = {
    "xmlsec_binary": "/usr/bin/xmlsec1",
    "entityid": f"{BASE}/saml2/metadata/",
    "allow_unknown_attributes": True,
    "service": {
        "sp": {
            "name": "Stock",
            "endpoints": {
                "assertion_consumer_service": [
                    (f"{BASE}/saml2/acs/", saml2.BINDING_HTTP_POST),
                ],
            },
            "authn_requests_signed": True,
            "want_assertions_signed": True,
            "want_response_signed": False,
            "allow_unsolicited": False,
        },
    },
    "metadata": {"local": [str(FOLDER / "idp.xml")]},
    "key_file": str(FOLDER / "sp.key"),
    "cert_file": str(FOLDER / "sp.crt"),
    "encryption_keypairs": [
        {"key_file": str(FOLDER / "sp.key"), "cert_file": str(FOLDER / "sp.crt")}
    ],
}
