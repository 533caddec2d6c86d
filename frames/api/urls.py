"""Addresses of the API, below `/api/v1/`."""

from django.urls import path

from frames.api import catalogue, docs, export, frames, pictures

urlpatterns = [
    path("", docs.Root.as_view(), name="api-root"),
    path("frames/", frames.FrameList.as_view(), name="api-frames"),
    path("frames/random/", frames.RandomFrames.as_view(), name="api-random"),
    path("frames/<int:pk>/", frames.FrameDetail.as_view(), name="api-frame"),
    path("frames/<int:pk>/around/", frames.FramesAround.as_view(), name="api-around"),
    path("frames/<int:pk>/similar/", frames.SimilarFrames.as_view(), name="api-similar"),
    path("facets/", frames.Facets.as_view(), name="api-facets"),
    path("series/", catalogue.SeriesList.as_view(), name="api-series-list"),
    path("series/<str:slug>/", catalogue.SeriesDetail.as_view(), name="api-series"),
    path("episodes/", catalogue.EpisodeList.as_view(), name="api-episodes"),
    path("tags/", catalogue.TagList.as_view(), name="api-tags"),
    path("tags/<path:name>/", catalogue.TagDetail.as_view(), name="api-tag"),
    path("autocomplete/", catalogue.Autocomplete.as_view(), name="api-autocomplete"),
    path("search-by-image/", pictures.SearchByImage.as_view(), name="api-search-by-image"),
    path("export/", export.Export.as_view(), name="api-export"),
    path("schema/", docs.Schema.as_view(), name="api-schema"),
    path("docs/", docs.Docs.as_view(), name="api-docs"),
]
