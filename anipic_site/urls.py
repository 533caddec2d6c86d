"""Addresses: the site, the API, the admin, the files."""

from django.contrib import admin
from django.urls import include, path

from frames.views import catalogue, files, frame, picture, search, suggest, texts

admin.site.site_header = admin.site.site_title = "AniPic"

urlpatterns = [
    path("", search.search, name="search"),
    path("filters/", search.filters, name="filters"),
    path("more/", search.more, name="more"),
    path("offers/", search.offers, name="offers"),
    path("frames/<int:pk>/", frame.frame, name="frame"),
    path("frames/<int:pk>/suggest/", suggest.suggestion, name="suggest"),
    path("series/", catalogue.series_index, name="series-index"),
    path("series/<str:slug>/", catalogue.series, name="series"),
    path("tags/", catalogue.tags, name="tags"),
    path("tags/<path:name>/", catalogue.tag, name="tag"),
    path("picture/", picture.picture, name="picture"),
    path("about/", texts.about, name="about"),
    path("api/", texts.api, name="api"),
    path("api/v1/", include("frames.api.urls")),
    path("media/<path:name>", files.media, name="media"),
    path("favicon.ico", files.favicon),
    path("robots.txt", files.robots),
    path("sitemap.xml", files.sitemap, name="sitemap"),
    path("sitemap-pages.xml", files.sitemap_pages, name="sitemap-pages"),
    path("sitemap-frames-<int:number>.xml", files.sitemap_frames, name="sitemap-frames"),
    path("healthz", files.healthz),
    path("admin/", admin.site.urls),
]
