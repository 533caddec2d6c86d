"""Addresses: the site, the API, the admin, the files."""

from django.contrib import admin
from django.urls import include, path

from frames import api, views

admin.site.site_header = admin.site.site_title = "AniPic"

api_v1 = [
    path("frames/", api.FrameList.as_view(), name="api-frames"),
    path("frames/<int:pk>/", api.FrameDetail.as_view(), name="api-frame"),
]

urlpatterns = [
    path("", views.search, name="search"),
    path("frames/<int:pk>/", views.frame, name="frame"),
    path("api/v1/", include(api_v1)),
    path("media/<path:name>", views.media, name="media"),
    path("healthz", views.healthz),
    path("admin/", admin.site.urls),
]
