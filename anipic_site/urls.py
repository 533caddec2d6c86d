"""Addresses: the site, the API, the admin, the files."""

from django.contrib import admin
from django.urls import include, path

from frames import views

admin.site.site_header = admin.site.site_title = "AniPic"

urlpatterns = [
    path("", views.search, name="search"),
    path("frames/<int:pk>/", views.frame, name="frame"),
    path("api/v1/", include("frames.api.urls")),
    path("media/<path:name>", views.media, name="media"),
    path("healthz", views.healthz),
    path("admin/", admin.site.urls),
]
