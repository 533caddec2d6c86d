"""Django's settings: the environment comes in (see `environment`), Django's names go out."""

import logging
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from environs import validate

from anipic_site import media
from anipic_site.environment import BASE_DIR, MEDIA_ROOT, QUEUE_WORKERS, VAR_ROOT, env
from anipic_site.environment import mongodb_uri as _mongodb_uri
from anipic_site.environment import secret_key as _secret_key

SECRET_KEY = _secret_key()
DEBUG = env.bool("DEBUG", False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])

INSTALLED_APPS = [
    "anipic_site.apps.MongoAdminConfig",
    "anipic_site.apps.MongoAuthConfig",
    "anipic_site.apps.MongoContentTypesConfig",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "anipic_site.apps.SiteStaticFilesConfig",
    "django.contrib.humanize",
    "csp",
    "django_htmx",
    "django_mongodb_backend",
    "anipic_site.apps.MongoQueueConfig",
    "corsheaders",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "frames",
    "ingest",
    "tagging",
]
# Django's and django-q2's own migrations use SQL ids; these have MongoDB's.
MIGRATION_MODULES = {
    app: f"anipic_site.mongo_migrations.{app}"
    for app in ("admin", "auth", "contenttypes", "django_q")
}

MIDDLEWARE = [
    "frames.turns.TurnsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "frames.api.problems.ProblemMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "anipic_site.urls"
WSGI_APPLICATION = "anipic_site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# MongoDB
MONGODB_URI = _mongodb_uri()
_database = urlsplit(MONGODB_URI).path.strip("/") or "anipic"
DATABASES = {
    "default": {
        "ENGINE": "django_mongodb_backend",
        "HOST": MONGODB_URI,
        "NAME": _database,
    },
}
DATABASE_ROUTERS = ["django_mongodb_backend.routers.MongoRouter"]
DEFAULT_AUTO_FIELD = "django_mongodb_backend.fields.ObjectIdAutoField"

# Queue. A job may take hours (a long film); it is handed out again only after that, since
# `retry` below `timeout` would run it twice at once.
Q_CLUSTER = {
    "name": "anipic",
    "label": "Queue",
    "workers": QUEUE_WORKERS,
    "timeout": 6 * 3600,
    "retry": 7 * 3600,
    "max_attempts": 1,
    "ack_failures": True,
    "poll": 0.5,
    "save_limit": 1000,
    "mongo": {"host": MONGODB_URI},
    "mongo_db": _database,
}
# What is done with an episode, in this order: functions of (episode, progress).
EPISODE_STAGES = [
    "ingest.stages.read",
    "ingest.linking.link",
    "frames.vectors.describe",
    "tagging.stages.tag",
]
# A worker that gives no sign of life for so long is replaced (it gives one six times as often).
JOB_SILENT_SECONDS = env.float("JOB_SILENT_SECONDS", 30.0)
# A device of FFmpeg ("cuda", "vaapi", "videotoolbox", ...) that decodes in place of the processor.
HWACCEL = env.str("HWACCEL", "")
# Each is called without arguments and gives a tagger, or None if there is nothing to work with.
TAGGERS = [
    "tagging.taggers.basic.BasicTagger",
    "tagging.lessons.taught_tagger",
    "tagging.installed.wd_tagger",
]
# What turns pictures into the vectors that `taught` learns on.
FEATURES = "tagging.taggers.efficientnet.EfficientNetFeatures"
# What is queued after every 50 verdicts.
LESSON = "tagging.lessons.teach"
# Frames rated this or higher are hidden until a curator clears them; most frames have no rating.
HIDE_FROM_RATING: str = env.str(
    "HIDE_FROM_RATING",
    "questionable",
    validate=validate.OneOf(["sensitive", "questionable", "explicit"]),
)
SHOW_UNRATED: bool = env.bool("SHOW_UNRATED", True)

# Files
STATIC_URL = "static/"
STATIC_ROOT = VAR_ROOT / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "media/"
S3_BUCKET = env.str("S3_BUCKET", "")
STORAGES: dict[str, dict] = {
    "default": media.in_bucket(
        S3_BUCKET,
        endpoint=env.str("S3_ENDPOINT_URL", ""),
        public_host=env.str("S3_PUBLIC_HOST", ""),
    )
    if S3_BUCKET
    else media.on_disk(MEDIA_ROOT),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Readers have no account and get no cookie; curators sign in to the admin.
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
# Only pictures in a bucket are loaded from elsewhere, and no script or style stands in a page;
# `data:` holds the tiny placeholders of pictures.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", *media.origins(STORAGES["default"])],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

# The API (`frames.api`): anybody may read it, from any site's scripts too.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "frames.api.problems.handle",
}
CORS_ALLOW_ALL_ORIGINS = True
CORS_URLS_REGEX = r"^/(api|media)/"
CORS_ALLOW_METHODS = ["GET", "HEAD", "POST", "OPTIONS"]
CORS_EXPOSE_HEADERS = ["ETag", "Export-Cursor", "RateLimit", "RateLimit-Policy", "Retry-After"]
# Requests a minute from one address; behind proxies, how many of them there are.
THROTTLE = {
    "reads": env.int("THROTTLE_READS", 3000, validate=validate.Range(min=1)),
    "uploads": env.int("THROTTLE_UPLOADS", 60, validate=validate.Range(min=1)),
}
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0, validate=validate.Range(min=0))
SPECTACULAR_SETTINGS = {
    "TITLE": "AniPic",
    "DESCRIPTION": "Frames of anime by series and by what happens in the picture.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "TagCategory": "frames.models.TagCategory",
        "TagState": "frames.models.FrameTag.State",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True},
}

# A page's language follows the browser's Accept-Language; no cookie is needed.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("ja", "日本語")]
LOCALE_PATHS = [BASE_DIR / "frames" / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    # A client's mistake is the client's to read; our own are errors.
    "loggers": {"django.request": {"level": "ERROR"}, "httpx2": {"level": "WARNING"}},
    "root": {"handlers": ["stderr"], "level": env.log_level("LOG_LEVEL", logging.INFO)},
}
