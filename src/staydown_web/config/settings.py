"""Django's settings; everything that differs between installations comes from the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from staydown_web.base.keys import load_keys, make_keys
from staydown_web.base.logs import logging_of
from staydown_web.base.static import add_headers
from staydown_web.config.environment import read_environment

ENVIRONMENT = read_environment()
PACKAGE = Path(__file__).resolve().parents[1]

STAYDOWN_HOME = ENVIRONMENT.home
STAYDOWN_KEYS = ENVIRONMENT.keys
STAYDOWN_URL = ENVIRONMENT.public_url
STAYDOWN_SHARED_MEMORY = ENVIRONMENT.shared_memory
STAYDOWN_SEGMENTS_URL = ENVIRONMENT.segments_url
STAYDOWN_DEMO = ENVIRONMENT.demo
STAYDOWN_DEMO_ORIGIN = ENVIRONMENT.demo_origin
STAYDOWN_HMA_KEYLESS = ENVIRONMENT.hma_keyless
STAYDOWN_EXIT_URL = ENVIRONMENT.exit_url
STAYDOWN_TIMESTAMP_URL = ENVIRONMENT.timestamp_url
STAYDOWN_TRANSPARENCY_URL = ENVIRONMENT.transparency_url
STAYDOWN_TRANSPARENCY_TOKEN = ENVIRONMENT.transparency_token
STAYDOWN_DNS_SERVERS = ENVIRONMENT.dns_servers
STAYDOWN_ESCALATION_PROXY = ENVIRONMENT.escalation_proxy
STAYDOWN_SECOND_PROXY = ENVIRONMENT.second_proxy
STAYDOWN_METRICS_TOKEN = ENVIRONMENT.observed.metrics_token
STAYDOWN_TRACES_URL = ENVIRONMENT.observed.traces_url

STAYDOWN_HOME.mkdir(parents=True, exist_ok=True, mode=0o700)
make_keys(STAYDOWN_KEYS)
_KEYS = load_keys(STAYDOWN_KEYS)
SECRET_KEY = _KEYS.django.hex()
SECRET_KEY_FALLBACKS = [key.hex() for key in _KEYS.djangos]

DEBUG = ENVIRONMENT.debug
ALLOWED_HOSTS = ENVIRONMENT.hosts
ROOT_URLCONF = "staydown_web.config.urls"
WSGI_APPLICATION = "staydown_web.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "staydown_web.accounts",
    "staydown_web.audit",
    "staydown_web.banks",
    "staydown_web.screening",
    "staydown_web.regimes",
    "staydown_web.cases",
    "staydown_web.review",
    "staydown_web.actions",
    "staydown_web.escalation",
    "staydown_web.exchanges",
    "staydown_web.federation",
    "staydown_web.replicas",
    "staydown_web.reports",
    "staydown_web.portal",
    "staydown_web.hooks",
    "staydown_web.hma",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "staydown_web.base.middleware.PrivacyHeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "staydown_web.accounts.middleware.SignInEndsMiddleware",
    "staydown_web.base.middleware.StaffOnlyMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "staydown_web.base.middleware.ErrorPagesMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "staydown_web.config.views.demonstration",
                "staydown_web.config.watch.public.public_status",
            ],
            "builtins": ["staydown_web.base.wording"],
        },
    }
]

DATABASES: dict[str, Any] = {
    "default": dj_database_url.parse(ENVIRONMENT.database_url, conn_max_age=600)
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["ENGINE"] = "staydown_web.base.sqlite"
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # FULL: what was acknowledged survives a loss of power, also in WAL mode.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
        # Not mapped: whenever another connection has written, SQLite lets go of the whole map, and
        # the next look meets each page anew: 60 us instead of 31 for one entry. ADR-0024.
        "PRAGMA cache_size=-32000; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY; "
        # Findings change the same pages again and again: written back less often, they cost less.
        "PRAGMA wal_autocheckpoint=16000;",
    }
    DATABASES["default"]["TEST"] = {"NAME": str(STAYDOWN_HOME / "test.sqlite3")}
else:
    # A server that is gone without a word must not hold up a thread for the system's two hours.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 10,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,  # milliseconds
    }

PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "staydown_web.accounts.services.passwords.ContextWordsValidator"},
]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "setup:home"
LOGOUT_REDIRECT_URL = "accounts:login"

LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", _("English")),
    ("es", _("Spanish")),
    ("fr", _("French")),
    ("de", _("German")),
]
LOCALE_PATHS = [PACKAGE / "locale"]
FORMAT_MODULE_PATH = "staydown_web.config.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = STAYDOWN_HOME / "static"
_JS_IN_CHECKOUT = PACKAGE.parents[1] / "js"
JS_ROOT = _JS_IN_CHECKOUT if _JS_IN_CHECKOUT.is_dir() else PACKAGE / "js"
STATICFILES_DIRS: list[Any] = [
    PACKAGE / "config" / "static",
    ("js", JS_ROOT / "src"),
    ("vendor", JS_ROOT / "vendor"),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "staydown_web.base.static.ModuleStaticStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_MIMETYPES = {".mjs": "text/javascript", ".js": "text/javascript"}
WHITENOISE_ADD_HEADERS_FUNCTION = add_headers
WHITENOISE_IMMUTABLE_FILE_TEST = r"\.[0-9a-f]{12}\."

SESSION_COOKIE_NAME = "session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = ENVIRONMENT.is_https
SESSION_COOKIE_AGE = 8 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_NAME = "form"
CSRF_FAILURE_VIEW = "staydown_web.config.views.refused_form"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SECURE = ENVIRONMENT.is_https
LANGUAGE_COOKIE_NAME = "language"
SECURE_CONTENT_TYPE_NOSNIFF = True
# Not "no-referrer": browsers then send forms with `Origin: null`, and the check against forgery
# refuses them. Other sites get nothing either way.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if ENVIRONMENT.is_https else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENVIRONMENT.behind_proxy else None
USE_X_FORWARDED_HOST = False
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["staydown-worker", "htmx"],
    }
}

EMAIL_BACKEND = "staydown_web.base.smtp.SmtpBackend"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = ENVIRONMENT.mail_from
_MAIL = urlsplit(ENVIRONMENT.mail_url)
EMAIL_HOST = _MAIL.hostname or ""
EMAIL_PORT = _MAIL.port or (465 if _MAIL.scheme == "smtps" else 587)
EMAIL_HOST_USER = unquote(_MAIL.username or "")
EMAIL_HOST_PASSWORD = unquote(_MAIL.password or "")
EMAIL_USE_SSL = _MAIL.scheme == "smtps"
# A demonstration writes to nobody, whatever is set: its cases and sites are made up.
STAYDOWN_MAIL_READY = bool(EMAIL_HOST) and not ENVIRONMENT.demo

# No request line, no exception text with a person's words: codes and paths without their ids.
LOGGING: dict[str, Any] = logging_of(ENVIRONMENT.observed.log_form, is_open=ENVIRONMENT.debug)

OTP_TOTP_ISSUER = "Staydown"
