"""Contrib apps and django-q2 with MongoDB's ids; their migrations are in `mongo_migrations/`."""

from django.contrib.admin.apps import AdminConfig
from django.contrib.auth.apps import AuthConfig
from django.contrib.contenttypes.apps import ContentTypesConfig
from django.contrib.staticfiles.apps import StaticFilesConfig
from django_q.apps import DjangoQConfig

OBJECT_ID = "django_mongodb_backend.fields.ObjectIdAutoField"


class MongoAdminConfig(AdminConfig):
    default_auto_field = OBJECT_ID


class MongoAuthConfig(AuthConfig):
    default_auto_field = OBJECT_ID


class MongoContentTypesConfig(ContentTypesConfig):
    default_auto_field = OBJECT_ID


class MongoQueueConfig(DjangoQConfig):
    default_auto_field = OBJECT_ID


class SiteStaticFilesConfig(StaticFilesConfig):
    """`static/src` is what the stylesheet is compiled from; it is not served."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "src"]
